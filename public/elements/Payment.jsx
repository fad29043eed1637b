import { useState } from "react";

const MONEY = /^\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?$/;

/* An amount in cents; null for what is none. */
function cents(text) {
  const found = MONEY.exec(text.trim());
  if (!found) return null;
  return Number(found[1].replaceAll(",", "")) * 100 + Number((found[2] || "0").padEnd(2, "0"));
}

function money(amount) {
  const dollars = String(Math.floor(amount / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `$${dollars}.${String(amount % 100).padStart(2, "0")}`;
}

function Standing() {
  return (
    <section className="tl-card tl-payment" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
        <span className={`tl-chip tl-${props.chip.tone}`}>{props.chip.text}</span>
      </header>
      <div className="tl-body">
        <p className="tl-figure">{props.figure}</p>
        <p className="tl-under">{props.under}</p>
        {props.chip.tone === "warn" && <div className="tl-underway" aria-hidden="true" />}
        {props.actions?.map((one) => (
          <Again key={one.words} action={one} />
        ))}
      </div>
    </section>
  );
}

function Again({ action }) {
  const [pressed, setPressed] = useState(false);
  return (
    <div className="tl-actions">
      <button
        type="button"
        className="tl-quiet"
        disabled={pressed}
        onClick={() => {
          setPressed(true);
          callAction({ name: "say", payload: { words: action.words } });
        }}
      >
        {action.label}
      </button>
    </div>
  );
}

/* The words a form has said. The page draws a card anew when others come: it must not forget. */
const said = (value) => {
  const name = `payment-${props.id}`;
  if (value) sessionStorage.setItem(name, value);
  return sessionStorage.getItem(name) || "";
};

function Form() {
  const { says, methods } = props;
  const [least, most] = [cents(props.least), cents(props.most)];
  const asked = cents(props.amount);
  const [other, setOther] = useState(asked !== most);
  const [text, setText] = useState(asked !== most ? props.amount : "");
  const [method, setMethod] = useState(props.method || (methods.length === 1 ? methods[0].id : ""));
  const [wrong, setWrong] = useState(false);
  const [pressed, setPressed] = useState(Boolean(said()));
  const amount = other ? cents(text) : most;
  const fits = amount !== null && amount >= least && amount <= most;
  const chosen = methods.find((one) => one.id === method);
  const field = `amount-${props.payable}-${methods.length}`;

  async function pay(event) {
    event.preventDefault();
    setWrong(!fits);
    if (!fits || !chosen || pressed) return;
    const words = chosen.words.replace("{amount}", money(amount));
    setPressed(true);
    said(words);
    await callAction({ name: "say", payload: { words } });
  }

  return (
    <section className="tl-card tl-payment" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
      </header>
      <form className="tl-body" onSubmit={pay} noValidate>
        <fieldset className="tl-choice" disabled={pressed}>
          <legend>{says.amount}</legend>
          <div className="tl-picks">
            <button
              type="button"
              className="tl-pick"
              aria-pressed={!other}
              onClick={() => setOther(false)}
            >
              {says.all}
            </button>
            <button
              type="button"
              className="tl-pick"
              aria-pressed={other}
              onClick={() => setOther(true)}
            >
              {says.other}
            </button>
          </div>
          {other && (
            <div className="tl-field">
              <label htmlFor={field}>{says.dollars}</label>
              <input
                id={field}
                inputMode="decimal"
                autoComplete="off"
                maxLength={14}
                value={text}
                aria-invalid={wrong}
                onChange={(event) => {
                  setText(event.target.value);
                  setWrong(false);
                }}
              />
            </div>
          )}
          {wrong && (
            <p className="tl-wrong" role="alert">
              {says.wrong}
            </p>
          )}
        </fieldset>
        <fieldset className="tl-choice" disabled={pressed}>
          <legend>{says.from}</legend>
          <div className="tl-picks">
            {methods.map((one) => (
              <button
                key={one.id}
                type="button"
                className="tl-pick"
                aria-pressed={method === one.id}
                onClick={() => setMethod(one.id)}
              >
                {one.label}
              </button>
            ))}
          </div>
        </fieldset>
        <div className="tl-actions">
          <button type="submit" className="tl-button" disabled={pressed || !chosen}>
            {says.pay.replace("{amount}", fits ? money(amount) : "")}
          </button>
        </div>
        <p className="tl-under" role="status">
          {pressed ? says.said : says.next}
        </p>
      </form>
    </section>
  );
}

/* A payment that waits for a yes, and the way to another one. */
function Asked() {
  const [changing, setChanging] = useState(false);
  if (changing) return <Form />;
  return (
    <section className="tl-card tl-payment" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
      </header>
      <div className="tl-body">
        <div>
          <p className="tl-figure">{props.figure}</p>
          <p className="tl-under">{props.under}</p>
        </div>
        <div className="tl-actions">
          <button
            type="button"
            className="tl-quiet"
            disabled={Boolean(said())}
            onClick={() => setChanging(true)}
          >
            {props.says.change}
          </button>
        </div>
        {said() && (
          <p className="tl-under" role="status">
            {props.says.said}
          </p>
        )}
      </div>
    </section>
  );
}

export default function Payment() {
  if (!props.says) return <Standing />;
  return props.under ? <Asked /> : <Form />;
}
