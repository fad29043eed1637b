import { useState } from "react";

const useKept = tlKept(useState, props);

export default function Slots() {
  const days = props.days || [];
  const [open, setOpen] = useKept("open", days[0]?.id);
  const [pressed, setPressed] = useKept("pressed", "");
  const [busy, setBusy] = useState(false);
  const day = days.find((one) => one.id === open) || days[0];

  async function book(words) {
    setPressed(words);
    setBusy(true);
    try {
      await callAction({ name: "say", payload: { words } });
    } finally {
      setBusy(false);
    }
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = days[(days.indexOf(day) + step + days.length) % days.length];
    setOpen(next.id);
    event.currentTarget.querySelector(`[data-day="${next.id}"]`)?.focus();
  }

  if (!day) return null;
  return (
    <section className="tl-card tl-wide tl-slots" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
      </header>
      <div className="tl-body">
        <p className="tl-under">{props.under}</p>
        <div className="tl-days" role="tablist" aria-label={props.says.days} onKeyDown={move}>
          {days.map((one) => (
            <button
              key={one.id}
              type="button"
              role="tab"
              className="tl-pick"
              data-day={one.id}
              aria-selected={one.id === day.id}
              tabIndex={one.id === day.id ? 0 : -1}
              onClick={() => setOpen(one.id)}
            >
              <span>{one.weekday}</span> <strong>{one.day}</strong>
            </button>
          ))}
        </div>
        <div role="tabpanel" aria-label={day.times}>
          <h4 className="tl-heading">{day.times}</h4>
          <div className="tl-picks">
            {day.windows.map((one) =>
              one.words ? (
                <button
                  key={one.label}
                  type="button"
                  className="tl-quiet"
                  disabled={busy || pressed === one.words}
                  onClick={() => book(one.words)}
                >
                  {one.label}
                </button>
              ) : (
                <span key={one.label} className="tl-chip">
                  {one.label}
                </span>
              ),
            )}
          </div>
        </div>
        {props.actions.map((action) => (
          <div key={action.words} className="tl-actions">
            <button
              type="button"
              className="tl-button"
              disabled={busy || pressed === action.words}
              onClick={() => book(action.words)}
            >
              {action.label}
            </button>
          </div>
        ))}
      </div>
    </section>
  );
}
