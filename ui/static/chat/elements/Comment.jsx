import { useState } from "react";

const useKept = tlKept(useState, props);

export default function Comment() {
  const [text, setText] = useKept("text", "");
  const [sent, setSent] = useKept("sent", false);
  const id = `comment-${props.turn}`;

  async function send(event) {
    event.preventDefault();
    if (!text.trim()) return;
    await callAction({ name: "comment", payload: { turn: props.turn, text } });
    setSent(true);
  }

  if (sent) return <p className="tl-comment" role="status">{props.sent}</p>;
  return (
    <form className="tl-comment" onSubmit={send}>
      <label htmlFor={id}>{props.question}</label>
      <textarea
        id={id}
        rows={3}
        maxLength={props.longest}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={!text.trim()}>{props.send}</button>
    </form>
  );
}
