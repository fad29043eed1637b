export default function Links() {
  return (
    <div className="tl-links">
      {(props.links || []).map((link, index) => (
        <a key={index} href={link.url} rel="noreferrer noopener">
          {link.label}
        </a>
      ))}
    </div>
  );
}
