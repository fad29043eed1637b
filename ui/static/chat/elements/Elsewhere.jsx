import { Globe, MessageCircle, MessageSquare, Phone } from "lucide-react";

const ICONS = { voice: Phone, whatsapp: MessageCircle, sms: MessageSquare, web: Globe };

export default function Elsewhere() {
  const turn = props.turn || {};
  const Icon = ICONS[turn.channel] || Globe;
  return (
    <section className="tl-elsewhere tl-turn" aria-label={`On another channel: ${turn.label}`}>
      <div className="tl-where">
        <Icon size={14} aria-hidden="true" />
        <span>{turn.label}</span>
      </div>
      {turn.said && <p className="tl-said">{turn.said}</p>}
      <p>{turn.reply}</p>
    </section>
  );
}
