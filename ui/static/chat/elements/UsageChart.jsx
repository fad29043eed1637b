import { ChevronLeft, ChevronRight, Download } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";

const HEIGHT = 190;
const STRIP = 46; // of the temperature, below the bars
const LEFT = 46;
const RIGHT = 6;
const TOP = 10;
const AXIS = 22;
const TICK_WIDTH = 46;
const TIP = 250;
const NARROW = 460; // below it the tip stands over the chart instead of beside the bar

/* The step between the lines of an axis: 1, 2 or 5 of some power of ten, about four of them. */
function stepOf(most) {
  const rough = (most || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((times) => times * power >= rough) || 10);
}

function numbers(bar, cost) {
  const now = cost ? bar.cost : bar.used;
  const before = cost ? bar.before_cost : bar.before;
  return { now: now == null ? null : Number(now), before: before == null ? null : Number(before) };
}

function said(bar, words, beforeName) {
  return [
    `${bar.label}: ${bar.used_said}`,
    bar.cost_said,
    bar.before_said && `${beforeName}: ${[bar.before_said, bar.before_cost_said].filter(Boolean).join(", ")}`,
    bar.weather,
    bar.peak_said,
    bar.estimated && words.estimated,
  ].filter(Boolean).join(". ");
}

const useKept = tlKept(useState, props);

function useWidth() {
  const place = useRef(null);
  const [width, setWidth] = useState(260);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}

function Picks({ label, options, chosen, choose, disabled }) {
  if (options.length < 2) return null;
  return (
    <div className="tl-picks" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.id}
          type="button"
          className="tl-pick"
          aria-pressed={option.id === chosen}
          disabled={disabled}
          onClick={() => choose(option.id)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

/* Bars of now beside those of before; the days' temperature under them. */
function Plot({ chart, cost, width, active, hatch, words }) {
  const inner = Math.max(width - LEFT - RIGHT, 60);
  const group = inner / chart.bars.length;
  const values = chart.bars.map((bar) => numbers(bar, cost));
  const most = Math.max(...values.flatMap(({ now, before }) => [now || 0, before || 0]), 0.01);
  const step = stepOf(most);
  const top = Math.ceil(most / step) * step;
  const plot = HEIGHT - TOP - AXIS;
  const y = (value) => TOP + plot * (1 - value / top);
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step);
  const digits = step >= 1 ? 0 : step < 0.1 || cost ? 2 : 1;
  const nth = Math.ceil((TICK_WIDTH * chart.bars.length) / inner);
  const paired = values.some(({ before }) => before != null);
  const bar = Math.max((group * 0.78) / (paired ? 2 : 1), 1.5);
  const left = (n) => LEFT + n * group + group * 0.11;
  const band = (n) => chart.bars[n].in_peak;
  return (
    <g>
      {chart.bars.map((it, n) =>
        band(n) ? <rect key={n} className="tl-band" x={LEFT + n * group} y={TOP} width={group + 0.5} height={plot} /> : null,
      )}
      {chart.bars.map((it, n) =>
        band(n) && !(n && band(n - 1)) ? (
          <text key={n} className="tl-band-name" x={LEFT + n * group + 3} y={TOP + 11}>{words.peakShort}</text>
        ) : null,
      )}
      {lines.map((value) => (
        <g key={value}>
          <line className="tl-grid" x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
            {cost ? "$" : ""}{value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}
          </text>
        </g>
      ))}
      {active != null && <rect className="tl-active" x={LEFT + active * group} y={TOP} width={group} height={plot} />}
      {chart.bars.map((it, n) => {
        const { now, before } = values[n];
        const x = left(n) + (paired ? bar : 0);
        const peak = !cost && it.peak && !it.in_peak ? Number(it.peak) : 0;
        return (
          <g key={n}>
            {before != null && <rect className="tl-before" x={left(n)} y={y(before)} width={bar - 0.5} height={y(0) - y(before)} />}
            {now != null && (
              <rect
                className={`tl-now-bar ${it.in_peak ? "tl-in-peak" : ""} ${it.unbilled ? "tl-unbilled" : ""}`}
                x={x} y={y(now)} width={bar} height={Math.max(y(0) - y(now), 0.5)}
              />
            )}
            {peak > 0 && <rect className="tl-in-peak" x={x} y={y(now)} width={bar} height={y(0) - y(peak)} />}
            {it.estimated && now != null && (
              <rect className="tl-estimated" fill={`url(#${hatch})`} x={x} y={y(now)} width={bar} height={y(0) - y(now)} />
            )}
          </g>
        );
      })}
      {chart.bars.map((it, n) =>
        n % nth === 0 && LEFT + (n + 0.5) * group < width - 12 ? (
          <text key={n} x={LEFT + (n + 0.5) * group} y={HEIGHT - 6} textAnchor="middle">{it.tick}</text>
        ) : null,
      )}
    </g>
  );
}

function Temperature({ chart, width, active, words }) {
  const group = (width - LEFT - RIGHT) / chart.bars.length;
  const known = chart.bars.map((bar, n) => [n, bar.mean_f == null ? null : Number(bar.mean_f)]).filter(([, f]) => f != null);
  const degrees = known.map(([, f]) => f);
  const low = Math.floor(Math.min(...degrees) / 5) * 5;
  const high = Math.max(Math.ceil(Math.max(...degrees) / 5) * 5, low + 5);
  const y = (f) => HEIGHT + 8 + (STRIP - 18) * (1 - (f - low) / (high - low));
  const x = (n) => LEFT + (n + 0.5) * group;
  return (
    <g>
      <text x={LEFT - 6} y={y(high) + 6} textAnchor="end">{high}°F</text>
      <text x={LEFT - 6} y={y(low) + 2} textAnchor="end">{low}°F</text>
      <line className="tl-grid" x1={LEFT} x2={width - RIGHT} y1={y(low)} y2={y(low)} />
      <polyline className="tl-degrees" points={known.map(([n, f]) => `${x(n)},${y(f)}`).join(" ")} />
      {known.filter(([n]) => n === active).map(([n, f]) => <circle key={n} className="tl-degree" cx={x(n)} cy={y(f)} r="4" />)}
    </g>
  );
}

function Tip({ bar, chart, at, width, words }) {
  const narrow = width < NARROW;
  const beside = at > width / 2 ? at - TIP - 12 : at + 12;
  const left = Math.min(Math.max(narrow ? at - TIP / 2 : beside, 0), Math.max(width - TIP, 0));
  const edge = narrow ? { bottom: "100%" } : { top: 0 };
  return (
    <div className="tl-tip" style={{ left, ...edge, width: Math.min(TIP, width) }} aria-hidden="true">
      <strong>{bar.label}</strong>
      <span className="tl-tip-now">{[bar.used_said, bar.cost_said].filter(Boolean).join(" · ")}</span>
      {bar.peak_said && <span>{bar.peak_said}</span>}
      {bar.before_said && <span>{chart.before_name}: {[bar.before_said, bar.before_cost_said].filter(Boolean).join(" · ")}</span>}
      {chart.by !== "hour" && bar.weather && <span>{bar.weather}</span>}
      {bar.estimated && <span>{words.estimated}</span>}
    </div>
  );
}

function Legend({ chart, cost, weather, words }) {
  const has = (what) => chart.bars.some(what);
  return (
    <ul className="tl-legend">
      <li><i className="tl-key-now" />{words.now}</li>
      {has((bar) => bar.before != null) && <li><i className="tl-key-before" />{chart.before_name}</li>}
      {has((bar) => bar.in_peak || (!cost && Number(bar.peak) > 0)) && <li><i className="tl-key-peak" />{words.peak}</li>}
      {has((bar) => bar.unbilled) && <li><i className="tl-key-unbilled" />{words.unbilled}</li>}
      {has((bar) => bar.estimated) && <li><i className="tl-key-estimated" />{words.estimated}</li>}
      {weather && <li><i className="tl-key-degrees" />{words.temperature}</li>}
    </ul>
  );
}

function Table({ chart, words }) {
  return (
    <details className="tl-group">
      <summary><span>{words.table}</span></summary>
      <div className="tl-scroll" tabIndex={0} role="region" aria-label={chart.title}>
        <table className="tl-table">
          <thead>
            <tr>
              <th scope="col">{words.when}</th>
              <th scope="col" className="tl-amount">{words.used}</th>
              <th scope="col" className="tl-amount">{words.cost}</th>
              <th scope="col" className="tl-amount">{chart.before_name}</th>
              <th scope="col">{words.weather}</th>
            </tr>
          </thead>
          <tbody>
            {chart.bars.map((bar) => (
              <tr key={bar.start}>
                <th scope="row">{bar.label}{bar.estimated ? ` (${words.estimated})` : ""}</th>
                <td className="tl-amount">{bar.used_said}</td>
                <td className="tl-amount">{bar.cost_said}</td>
                <td className="tl-amount">{[bar.before_said, bar.before_cost_said].filter(Boolean).join(" · ")}</td>
                <td>{bar.weather}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export default function UsageChart() {
  const { words } = props;
  const [chart, setChart] = useKept("chart", props.chart);
  const [cost, setCost] = useKept("cost", false);
  const [weather, setWeather] = useKept("weather", true);
  const [active, setActive] = useState(null); // pointed at, or focused
  const [picked, setPicked] = useKept("picked", null); // pressed: a second press opens it
  const [here, setHere] = useState(0); // the bar that Tab comes to
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const [place, width] = useWidth();
  const bars = useRef([]);
  const hatch = `hatch${useId().replace(/\W/g, "")}`;

  async function show(fuel, by, range) {
    const days = range ? `&from=${range.start}&to=${range.end}` : "";
    setBusy(true);
    setFailed("");
    try {
      const answer = await fetch(`/my/usage?fuel=${fuel}&by=${by}${days}&language=${props.language}`);
      if (!answer.ok) {
        setFailed(answer.status === 401 || answer.status === 403 ? words.signIn : words.failed);
        return;
      }
      setChart(await answer.json());
      setActive(null);
      setPicked(null);
      setHere(0);
    } catch {
      setFailed(words.failed);
    } finally {
      setBusy(false);
    }
  }

  useEffect(() => {
    if (!chart.bars.length) show(props.chart.fuel, props.chart.by);
  }, []);

  function press(n) {
    const { opens } = chart.bars[n];
    setHere(n);
    if (opens && picked === n) show(chart.fuel, opens.by, opens);
    else setPicked(n);
  }

  function move(event) {
    const last = chart.bars.length - 1;
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), last);
    setHere(next);
    bars.current[next]?.focus();
  }

  const group = (width - LEFT - RIGHT) / (chart.bars.length || 1);
  const degrees = chart.by !== "hour" && chart.bars.filter((bar) => bar.mean_f != null).length > 1;
  const shown = active ?? picked;
  const opens = picked != null && chart.bars[picked]?.opens;
  const days = chart.start ? `&from=${chart.start}&to=${chart.end}` : "";
  return (
    <section className="tl-card tl-wide tl-usage" aria-label={props.title} aria-busy={busy}>
      <h3>{props.title}</h3>
      <div className="tl-body">
        <div className="tl-choices">
          <Picks
            label={words.fuel} options={props.fuels} chosen={chart.fuel} disabled={busy}
            choose={(fuel) => show(fuel, fuel === "gas" && chart.by === "hour" ? "day" : chart.by)}
          />
          <Picks
            label={words.by} chosen={chart.by} disabled={busy}
            options={props.steps.filter((step) => step.id !== "hour" || chart.fuel === "electric")}
            choose={(by) => show(chart.fuel, by)}
          />
          <Picks
            label={words.measure} chosen={cost ? "cost" : "energy"}
            options={[{ id: "energy", label: chart.unit }, { id: "cost", label: words.cost }]}
            choose={(id) => setCost(id === "cost")}
          />
          {degrees && (
            <button type="button" className="tl-pick" aria-pressed={weather} onClick={() => setWeather(!weather)}>
              {words.weather}
            </button>
          )}
        </div>
        <div className="tl-range">
          <button type="button" className="tl-step" aria-label={words.earlier} disabled={busy || !chart.earlier} onClick={() => show(chart.fuel, chart.earlier.by, chart.earlier)}>
            <ChevronLeft size={20} aria-hidden="true" />
          </button>
          <div aria-live="polite">
            <strong>{chart.title}</strong>
            <p className="tl-figure">{cost ? chart.cost_said : chart.total_said}</p>
            <p className="tl-under">{[cost ? chart.total_said : chart.cost_said, chart.compared].filter(Boolean).join(" · ")}</p>
          </div>
          <button type="button" className="tl-step" aria-label={words.later} disabled={busy || !chart.later} onClick={() => show(chart.fuel, chart.later.by, chart.later)}>
            <ChevronRight size={20} aria-hidden="true" />
          </button>
        </div>
        {failed && <p className="tl-note tl-warn" role="alert">{failed}</p>}
        <div ref={place} className="tl-plot" role="group" aria-label={words.chart} onMouseLeave={() => setActive(null)} onKeyDown={move}>
          {chart.bars.length > 0 && (
            <>
              <svg width={width} height={HEIGHT + (degrees && weather ? STRIP : 0)} aria-hidden="true">
                <defs>
                  <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect className="tl-hatch-ground" width="5" height="5" />
                    <line className="tl-hatch" x1="0" y1="0" x2="0" y2="5" />
                  </pattern>
                </defs>
                <Plot chart={chart} cost={cost} width={width} active={shown} hatch={hatch} words={words} />
                {degrees && weather && <Temperature chart={chart} width={width} active={shown} words={words} />}
              </svg>
              {chart.bars.map((bar, n) => (
                <button
                  key={bar.start}
                  ref={(it) => { bars.current[n] = it; }}
                  type="button"
                  className="tl-bar"
                  tabIndex={n === here ? 0 : -1}
                  style={{ left: LEFT + n * group, width: group, top: TOP, height: HEIGHT - TOP }}
                  aria-label={said(bar, words, chart.before_name)}
                  onMouseEnter={() => setActive(n)}
                  onFocus={() => { setActive(n); setHere(n); }}
                  onBlur={() => setActive(null)}
                  onClick={() => press(n)}
                />
              ))}
              {shown != null && chart.bars[shown] && (
                <Tip bar={chart.bars[shown]} chart={chart} at={LEFT + (shown + 0.5) * group} width={width} words={words} />
              )}
            </>
          )}
        </div>
        {chart.bars.length > 0 && <Legend chart={chart} cost={cost} weather={degrees && weather} words={words} />}
        {chart.prices.length > 0 && <p className="tl-under">{chart.prices.join(". ")}</p>}
        {chart.bars.length > 0 && <Table chart={chart} words={words} />}
        <div className="tl-actions">
          {opens && (
            <button type="button" className="tl-button" disabled={busy} onClick={() => show(chart.fuel, opens.by, opens)}>
              {opens.by === "day" ? words.openDays : words.openHours}
            </button>
          )}
          <a className="tl-quiet" href={`/my/usage.csv?fuel=${chart.fuel}&by=${chart.by}${days}`} download>
            <Download size={16} aria-hidden="true" />
            {words.download}
          </a>
        </div>
      </div>
    </section>
  );
}
