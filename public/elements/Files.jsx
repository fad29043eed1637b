import { FileText, Image } from "lucide-react";
import { useState } from "react";

// One photo or file that the customer sent.
function Sent({ file, words }) {
  const [lost, setLost] = useState(false);
  const label = (file.thumbnail ? words.photo : words.file).replace("{name}", file.name);
  if (file.thumbnail && !lost) {
    return (
      <a className="tl-photo" href={file.url} target="_blank" rel="noreferrer noopener">
        <img src={file.thumbnail} alt={label} onError={() => setLost(true)} />
      </a>
    );
  }
  const Icon = file.thumbnail ? Image : FileText;
  const inside = (
    <>
      <Icon size={18} aria-hidden="true" />
      <span>{file.name}</span>
      <span className="tl-under">{file.size}</span>
    </>
  );
  return file.url && !lost ? (
    <a className="tl-file" href={file.url} aria-label={label}>
      {inside}
    </a>
  ) : (
    <span className="tl-file">{inside}</span>
  );
}

export default function Files() {
  return (
    <div className="tl-files">
      {(props.files || []).map((file, index) => (
        <Sent key={index} file={file} words={props.words} />
      ))}
    </div>
  );
}
