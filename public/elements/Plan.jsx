import { useEffect, useId, useRef, useState } from "react";

const useKept = tlKept(useState, props);

const SETTLED_MS = 150; /* a slider that rests for so long was let go */

export default function Plan() {
  const { down: downs, months: counts, says } = props;
  const id = useId();
  const [plan, setPlan] = useKept("plan", props.preview);
  const [down, setDown] = useKept("down", Number(props.preview.down));
  const [months, setMonths] = useKept("months", props.preview.months);
  const [problem, setProblem] = useState("");
  const [waiting, setWaiting] = useState(false);
  const [pressed, setPressed] = useKept("pressed", "");
  const [busy, setBusy] = useState(false);
  const touched = useRef(false);

  useEffect(() => {
    if (!touched.current) return undefined;
    const stopped = new AbortController();
    const timer = setTimeout(() => work(stopped.signal), SETTLED_MS);
    return () => {
      clearTimeout(timer);
      stopped.abort();
    };
  }, [down, months]);

  async function work(signal) {
    const asked = new URLSearchParams({ down, months });
    if (props.language) asked.set("language", props.language);
    try {
      const answer = await fetch(`/my/plan-preview?${asked}`, { signal });
      const found = await answer.json();
      if (answer.ok) setPlan(found.plan);
      setProblem(answer.ok ? found.problem : says.failed);
    } catch (error) {
      if (error.name === "AbortError") return;
      setProblem(says.failed);
    }
    setWaiting(false);
  }

  function pick(set, value) {
    touched.current = true;
    setWaiting(true);
    set(Number(value));
  }

  async function setUp() {
    setPressed(plan.words);
    setBusy(true);
    try {
      await callAction({ name: "say", payload: { words: plan.words } });
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="tl-card tl-plan" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
      </header>
      <div className="tl-body">
        <div aria-live="polite">
          <p className="tl-figure">{plan.figure}</p>
          <p className="tl-under">{plan.under}</p>
        </div>
        <div className="tl-slider">
          <label htmlFor={`${id}-down`}>{downs.label}</label>
          <output>{plan.down_said}</output>
          <input
            id={`${id}-down`}
            type="range"
            min={downs.least}
            max={downs.most}
            step="1"
            value={down}
            aria-valuetext={plan.down_said}
            onChange={(event) => pick(setDown, event.target.value)}
          />
        </div>
        <div className="tl-slider">
          <label htmlFor={`${id}-months`}>{counts.label}</label>
          <output>{plan.months_said}</output>
          <input
            id={`${id}-months`}
            type="range"
            min="1"
            max={plan.longest}
            step="1"
            value={Math.min(months, plan.longest)}
            aria-valuetext={plan.months_said}
            onChange={(event) => pick(setMonths, event.target.value)}
          />
        </div>
        {problem && (
          <p className="tl-note tl-warn" role="status">
            {problem}
          </p>
        )}
        {!problem && (
          <details className="tl-group" open>
            <summary>
              <span>{says.schedule}</span>
            </summary>
            <dl className="tl-rows">
              {[...plan.rows, plan.total].map((row, index) => (
                <div key={index} className={row.total ? "tl-total" : ""}>
                  <dt>{row.label}</dt>
                  <dd>{row.value}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
        <div className="tl-actions">
          <button
            type="button"
            className="tl-button"
            disabled={busy || waiting || Boolean(problem) || pressed === plan.words}
            onClick={setUp}
          >
            {says.setUp}
          </button>
        </div>
      </div>
    </section>
  );
}
