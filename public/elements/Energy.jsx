import { useId, useState } from "react";

const useKept = tlKept(useState, props);

/* A whole and its parts, side by side, and what they are called in the same order. */
function Stack({ stack }) {
  return (
    <div className="tl-stack">
      <p className="tl-stack-name"><strong>{stack.label}</strong><span>{stack.value}</span></p>
      <div className="tl-stack-bar" aria-hidden="true">
        {stack.parts.map((part) => <i key={part.label} className={`tl-tone-${part.tone}`} style={{ flexGrow: part.share }} />)}
      </div>
      <dl className="tl-rows">
        {stack.parts.map((part) => (
          <div key={part.label}>
            <dt><i className={`tl-swatch tl-tone-${part.tone}`} aria-hidden="true" />{part.label}</dt>
            <dd>{part.value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Bars({ bars }) {
  return (
    <dl className="tl-energy-bars">
      {bars.map((bar) => (
        <div key={bar.label}>
          <dt>{bar.label}</dt>
          <dd>
            <span className="tl-energy-track" aria-hidden="true"><i className={`tl-tone-${bar.tone}`} style={{ width: `${bar.share}%` }} /></span>
            <span>{bar.value}</span>
          </dd>
          {bar.under && <dd className="tl-under">{bar.under}</dd>}
        </div>
      ))}
    </dl>
  );
}

/* A weekday from midnight to midnight, its peak hours filled. */
function Day({ day }) {
  return (
    <figure className="tl-day">
      <figcaption>{day.label}</figcaption>
      <div className="tl-day-hours" aria-hidden="true">
        {day.hours.map((peak, hour) => <i key={hour} className={peak ? "tl-tone-2" : "tl-tone-1"} />)}
      </div>
      <div className="tl-day-ticks" aria-hidden="true">
        {day.ticks.map((tick) => <span key={tick.hour} style={{ left: `${(tick.hour / 24) * 100}%` }}>{tick.label}</span>)}
      </div>
      <dl className="tl-rows">
        {day.rows.map((row) => (
          <div key={row.label}>
            <dt><i className={`tl-swatch tl-tone-${row.tone}`} aria-hidden="true" />{row.label}</dt>
            <dd>{row.value}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

/* What a register shows, digit by digit, as on its face. */
function Register({ register }) {
  return (
    <div className="tl-register">
      <p><strong>{register.label}</strong>{register.chip && <span className="tl-chip">{register.chip}</span>}</p>
      {register.digits && (
        <p className="tl-digits">
          <span className="tl-hidden">{register.said}</span>
          <span aria-hidden="true">{register.digits.split("").map((digit, n) => <i key={n}>{digit}</i>)}</span>
          <span aria-hidden="true">{register.unit}</span>
        </p>
      )}
      {register.under && <p className="tl-under">{register.under}</p>}
    </div>
  );
}

/* How soon what an installer asks is earned back: the quote is the customer's own figure. */
function Quote({ quote }) {
  const [asked, setAsked] = useKept("asked", "");
  const id = useId();
  const dollars = Number(asked.replace(/[^0-9.]/g, ""));
  const years = dollars > 0 ? dollars / Number(quote.a_year) : 0;
  const [before, after] = quote.answer.split("{years}");
  return (
    <div className="tl-field">
      <label htmlFor={id}>{quote.label}</label>
      <input id={id} inputMode="decimal" autoComplete="off" placeholder="$" value={asked} onChange={(event) => setAsked(event.target.value)} />
      <p className="tl-under" role="status">
        {years > 0 ? `${before}${years.toLocaleString(quote.language, { maximumFractionDigits: 1 })}${after}` : quote.hint}
      </p>
    </div>
  );
}

function Rows({ rows }) {
  return (
    <dl className="tl-rows">
      {rows.map((row) => (
        <div key={row.label} className={row.long ? "tl-long" : ""}><dt>{row.label}</dt><dd>{row.value}</dd></div>
      ))}
    </dl>
  );
}

export default function Energy() {
  const [pressed, setPressed] = useKept("pressed", []);
  const [busy, setBusy] = useState(false);

  async function press(words) {
    setPressed([...pressed, words]);
    setBusy(true);
    try {
      await callAction({ name: "say", payload: { words } });
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className={`tl-card tl-energy tl-${props.kind}`} aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
        {props.chip && <span className={`tl-chip ${props.chip.tone ? `tl-${props.chip.tone}` : ""}`}>{props.chip.text}</span>}
      </header>
      <div className="tl-body">
        {props.figure && (
          <div>
            <p className="tl-figure">{props.figure}</p>
            {props.under && <p className="tl-under">{props.under}</p>}
          </div>
        )}
        {!props.figure && props.under && <p className="tl-under">{props.under}</p>}
        {props.registers?.map((register) => <Register key={register.label} register={register} />)}
        {props.day && <Day day={props.day} />}
        {props.bars?.length > 0 && (
          <div>
            {props.barsTitle && <h4 className="tl-heading">{props.barsTitle}</h4>}
            <Bars bars={props.bars} />
          </div>
        )}
        {props.stacks?.map((stack) => <Stack key={stack.label} stack={stack} />)}
        {props.steps && <ol className="tl-how">{props.steps.map((step, n) => <li key={n}>{step}</li>)}</ol>}
        {props.rows?.length > 0 && <Rows rows={props.rows} />}
        {props.more && (
          <details className="tl-group">
            <summary><span>{props.more.label}</span></summary>
            <Rows rows={props.more.rows} />
          </details>
        )}
        {props.quote && <Quote quote={props.quote} />}
        {props.note && <p className="tl-under">{props.note}</p>}
        {props.actions?.length > 0 && (
          <div className="tl-actions">
            {props.actions.map((action) => (
              <button
                key={action.words}
                type="button"
                className={action.primary ? "tl-button" : "tl-quiet"}
                disabled={busy || pressed.includes(action.words)}
                onClick={() => press(action.words)}
              >
                {action.label}
              </button>
            ))}
          </div>
        )}
      </div>
    </section>
  );
}
