export default function Card() {
  const rows = props.rows || [];
  return (
    <section className={`tl-card tl-${props.kind}`} aria-label={props.title}>
      <h3>{props.title}</h3>
      <div className="tl-body">
        <dl className="tl-rows">
          {rows.map((row, index) => (
            <div key={index}>
              <dt>{row.label}</dt>
              <dd>{row.value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
