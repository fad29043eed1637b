import { Truck } from "lucide-react";
import { useState } from "react";

const useKept = tlKept(useState, props);

/* Colour is never alone: each state has its pattern here, as on the outage map. */
const PATTERNS = {
  reported: <circle cx="4" cy="4" r="1.4" className="tl-ink" />,
  confirmed: <circle cx="4" cy="4" r="1.4" className="tl-ink" />,
  assigned: <path d="M-2 10 L10 -2 M-2 2 L2 -2 M6 10 L10 6" className="tl-stroke" />,
  en_route: <path d="M-2 10 L10 -2 M-2 2 L2 -2 M6 10 L10 6" className="tl-stroke" />,
  repairing: <path d="M0 0 L8 8 M8 0 L0 8" className="tl-stroke" />,
};

function Map({ map, label, id }) {
  if (!map) return null;
  const pattern = `pattern-${id}`;
  return (
    <svg
      className={`tl-map tl-state-${map.state}`}
      viewBox={`0 0 ${map.width} ${map.height}`}
      role="img"
      aria-label={label}
    >
      <defs>
        <pattern id={pattern} width="8" height="8" patternUnits="userSpaceOnUse">
          <rect width="8" height="8" className="tl-wash" />
          {PATTERNS[map.state]}
        </pattern>
      </defs>
      <polygon points={map.area} fill={`url(#${pattern})`} className="tl-outline" />
      {map.crew?.way && (
        <line
          x1={map.crew.x}
          y1={map.crew.y}
          x2={map.crew.way.x}
          y2={map.crew.way.y}
          className="tl-way"
        />
      )}
      {map.crew && (
        <g transform={`translate(${map.crew.x} ${map.crew.y})`}>
          <circle r="12" className="tl-crew" />
          <g transform="translate(-7 -7)" className="tl-truck">
            <Truck size={14} aria-hidden="true" />
          </g>
        </g>
      )}
    </svg>
  );
}

function Steps({ steps }) {
  return (
    <ol className="tl-steps">
      {(steps || []).map((step) => (
        <li
          key={step.label}
          data-state={step.state}
          aria-current={step.state === "now" ? "step" : undefined}
        >
          <span>{step.label}</span>
          <span className="tl-hidden"> ({step.said})</span>
        </li>
      ))}
    </ol>
  );
}

export default function Outage() {
  const [pressed, setPressed] = useKept("pressed", []);
  const id = `${props.link?.url || ""}-${props.chip?.state || ""}`.replace(/[^\w-]/g, "");

  async function press(words) {
    setPressed((before) => [...before, words]);
    await callAction({ name: "say", payload: { words } });
  }

  return (
    <section className="tl-card tl-outage" aria-label={props.title}>
      <header>
        <h3>{props.title}</h3>
        <span className={`tl-chip tl-state-${props.chip.state}`}>{props.chip.text}</span>
      </header>
      <Map map={props.map} label={props.mapLabel} id={id} />
      <div className="tl-body">
        {props.figure && (
          <div>
            <p className="tl-under">{props.figureLabel}</p>
            <p className="tl-figure">{props.figure}</p>
            {props.under && <p className="tl-under">{props.under}</p>}
          </div>
        )}
        <Steps steps={props.steps} />
        <dl className="tl-rows">
          {(props.rows || []).map((row, index) => (
            <div key={index}>
              <dt>{row.label}</dt>
              <dd>{row.value}</dd>
            </div>
          ))}
        </dl>
        <div className="tl-actions">
          {(props.actions || []).map((action) => (
            <button
              key={action.words}
              type="button"
              className="tl-button"
              disabled={pressed.includes(action.words)}
              onClick={() => press(action.words)}
            >
              {action.label}
            </button>
          ))}
          <a className="tl-quiet" href={props.link.url} target="_blank" rel="noopener">
            {props.link.label}
          </a>
        </div>
      </div>
    </section>
  );
}
