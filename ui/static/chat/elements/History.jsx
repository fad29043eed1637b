import { Globe, MessageCircle, MessageSquare, Phone } from "lucide-react";
import { useState } from "react";

const ICONS = { voice: Phone, whatsapp: MessageCircle, sms: MessageSquare, web: Globe };
const LATEST = 4;

function Turn({ turn }) {
  const Icon = ICONS[turn.channel] || Globe;
  return (
    <li className="tl-turn">
      <div className="tl-where">
        <Icon size={14} aria-hidden="true" />
        <span>{turn.label}</span>
      </div>
      {turn.said && <p className="tl-said">{turn.said}</p>}
      <p>{turn.reply}</p>
    </li>
  );
}

export default function History() {
  const turns = props.turns || [];
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(0, turns.length - LATEST);
  return (
    <section className="tl-history" aria-label="Earlier in this conversation">
      <h3>Earlier in this conversation</h3>
      {hidden > 0 && (
        <button type="button" onClick={() => setAll(true)}>
          Show {hidden} more
        </button>
      )}
      <ol>
        {turns.slice(hidden).map((turn, index) => (
          <Turn key={hidden + index} turn={turn} />
        ))}
      </ol>
    </section>
  );
}
