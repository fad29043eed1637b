import { CalendarPlus, Phone } from "lucide-react";
import { useEffect, useState } from "react";

const useKept = tlKept(useState, props);

const HOURLY = 3600000;

function Chip({ chip }) {
  if (!chip) return null;
  return <span className={`tl-chip ${chip.tone ? `tl-${chip.tone}` : ""}`}>{chip.text}</span>;
}

function Rows({ rows }) {
  if (!rows?.length) return null;
  return (
    <dl className="tl-rows">
      {rows.map((row, index) => (
        <div key={index} className={`${row.long ? "tl-long" : ""} ${row.total ? "tl-total" : ""}`}>
          <dt>{row.label}</dt>
          <dd>{row.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Bars({ title, bars }) {
  if (!bars?.length) return null;
  return (
    <div>
      {title && <h4 className="tl-heading">{title}</h4>}
      <dl className="tl-bars">
        {bars.map((bar, index) => (
          <div key={index}>
            <dt>{bar.label}</dt>
            <dd>
              <i className={bar.now ? "tl-now" : ""} style={{ width: `${bar.share}%` }} />
              <span>{bar.value}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Causes({ title, causes }) {
  if (!causes?.length) return null;
  return (
    <div>
      <h4 className="tl-heading">{title}</h4>
      <dl className="tl-causes">
        {causes.map((cause, index) => (
          <div key={index}>
            <dt>{cause.label}</dt>
            <dd>
              <span className="tl-track" aria-hidden="true">
                <i
                  className={cause.more ? "tl-more" : "tl-less"}
                  style={{ width: `${cause.share}%` }}
                />
              </span>
              <span>{cause.value}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Groups({ groups }) {
  return (groups || []).map((group, index) => (
    <details key={index} className="tl-group" open={group.open || undefined}>
      <summary>
        <span>{group.label}</span>
        <span>{group.value}</span>
      </summary>
      <Rows rows={group.rows} />
    </details>
  ));
}

function Links({ links }) {
  return (links || []).map((link, index) => (
    <a key={index} className="tl-quiet" href={link.url} download={link.download || undefined}>
      {link.download ? <CalendarPlus size={16} aria-hidden="true" /> : null}
      {link.url.startsWith("tel:") ? <Phone size={16} aria-hidden="true" /> : null}
      {link.label}
    </a>
  ));
}

function Items({ items, fold, buttons }) {
  const [all, setAll] = useState(false);
  if (!items?.length) return null;
  const shown = all || !fold ? items : items.slice(0, fold.first);
  return (
    <ul className="tl-items">
      {shown.map((item, index) => (
        <li key={index}>
          <div className="tl-item">
            <strong>{item.title}</strong>
            <span className="tl-value">{item.value}</span>
            <Chip chip={item.chip} />
          </div>
          {item.text && <p className="tl-under">{item.text}</p>}
          {item.rows && (
            <details className="tl-group">
              <summary>{item.more}</summary>
              <Rows rows={item.rows} />
            </details>
          )}
          {(item.actions?.length || item.links?.length) && (
            <div className="tl-actions">
              {buttons(item.actions)}
              <Links links={item.links} />
            </div>
          )}
        </li>
      ))}
      {shown.length < items.length && (
        <li>
          <button type="button" className="tl-quiet" onClick={() => setAll(true)}>
            {fold.label}
          </button>
        </li>
      )}
    </ul>
  );
}

/* Whether the moment up to which something can be done has come, also while the page is open. */
function usePast(moment) {
  const left = moment ? Date.parse(moment) - Date.now() : Infinity;
  const [, look] = useState(0);
  useEffect(() => {
    if (left <= 0 || left === Infinity) return undefined;
    const timer = setTimeout(() => look((times) => times + 1), Math.min(left + 50, HOURLY));
    return () => clearTimeout(timer);
  });
  return left <= 0;
}

export default function Card() {
  const [pressed, setPressed] = useKept("pressed", []);
  const [busy, setBusy] = useState(false);
  const until = (props.actions || []).map((action) => action.until).find(Boolean);
  const past = usePast(until);

  async function press(words) {
    setPressed((before) => [...before, words]);
    setBusy(true);
    try {
      await callAction({ name: "say", payload: { words } });
    } finally {
      setBusy(false);
    }
  }

  const buttons = (actions) =>
    (actions || [])
      .filter((action) => !action.until || !past)
      .map((action, index) => (
        <button
          key={index}
          type="button"
          className={action.primary ? "tl-button" : "tl-quiet"}
          aria-label={action.name || undefined}
          disabled={busy || pressed.includes(action.words)}
          onClick={() => press(action.words)}
        >
          {action.label}
        </button>
      ));

  const actions = buttons(props.actions);
  const links = past ? [] : props.links;
  return (
    <section
      className={`tl-card tl-${props.kind} ${props.wide ? "tl-wide" : ""}`}
      aria-label={props.title}
    >
      <header>
        <h3>{props.title}</h3>
        <Chip chip={props.chip} />
      </header>
      <div className="tl-body">
        {props.figure && (
          <div>
            <p className="tl-figure">{props.figure}</p>
            {props.under && <p className="tl-under">{props.under}</p>}
          </div>
        )}
        {!props.figure && props.under && <p className="tl-under">{props.under}</p>}
        <Rows rows={props.rows} />
        {props.groups?.length > 0 && (
          <div>
            <Groups groups={props.groups} />
          </div>
        )}
        <Bars title={props.barsTitle} bars={props.bars} />
        <Causes title={props.causesTitle} causes={props.causes} />
        <Items items={props.items} fold={props.fold} buttons={buttons} />
        {past && props.gone && <p className="tl-under">{props.gone}</p>}
        {(actions.length > 0 || links?.length > 0) && (
          <div className="tl-actions">
            {actions}
            <Links links={links} />
          </div>
        )}
      </div>
    </section>
  );
}
