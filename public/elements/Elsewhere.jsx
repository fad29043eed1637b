import { Globe, MessageCircle, MessageSquare, Phone } from "lucide-react";

const ICONS = { voice: Phone, whatsapp: MessageCircle, sms: MessageSquare, web: Globe };

// Where and when something was said.
export default function Elsewhere() {
  const Icon = ICONS[props.channel] || Globe;
  return (
    <p className="tl-elsewhere" data-channel={props.channel}>
      <Icon size={14} aria-hidden="true" />
      <span>{props.label}</span>
    </p>
  );
}
