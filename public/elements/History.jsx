import { useState } from "react";

// Asks for more of what was said before.
export default function History() {
  const [asked, setAsked] = useState(false);

  async function show() {
    setAsked(true);
    await callAction({ name: "earlier", payload: {} });
    setAsked(false);
  }

  return (
    <button type="button" className="tl-quiet tl-earlier" disabled={asked} onClick={show}>
      {props.label}
    </button>
  );
}
