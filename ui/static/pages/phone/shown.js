// What is said in a call, as a conversation, and how long its steps took.

export class Said {
  constructor(list, partly, nothing, words) {
    this.list = list;
    this.partly = partly;
    this.nothing = nothing;
    this.words = words;
    this.taken = null;
  }

  clear() {
    this.list.replaceChildren(this.nothing);
    this.nothing.hidden = false;
    this.partial("", "");
    this.taken = null;
  }

  // What may still change stands apart, and is not read out; what is final is added. What was
  // answered before it was final is added then, and put right once it is.
  transcript({ by, text, final }) {
    if (!final) {
      this.taken = null;
      this.partial(by, text);
    } else if (by === "customer") {
      this.partial("", "");
      if (this.taken) this.taken.textContent = text;
      else this.add(by, text);
      this.taken = null;
    } else {
      this.take();
      this.add(by, text);
    }
  }

  partial(by, text) {
    this.partly.hidden = !text;
    this.partly.dataset.by = by;
    this.partly.textContent = text;
  }

  take() {
    if (this.partly.hidden) return;
    this.taken = this.add(this.partly.dataset.by, this.partly.textContent);
    this.partial("", "");
  }

  add(by, text) {
    if (!text.trim()) return null;
    const piece = document.createElement("span");
    piece.textContent = text.trim();
    const last = this.list.lastElementChild;
    if (last.dataset.by === by) {
      last.lastElementChild.append(" ", piece);
    } else {
      const turn = document.createElement("div");
      turn.className = "turn";
      turn.dataset.by = by;
      const words = line("turn-text", "");
      words.append(piece);
      turn.append(line("turn-by", by === "customer" ? this.words.you : this.words.us), words);
      this.put(turn);
    }
    this.follow();
    return piece;
  }

  step(label) {
    this.take();
    this.put(line("turn-step", label));
  }

  notice(text) {
    this.take();
    if (text) this.put(line("turn-notice", text));
  }

  put(element) {
    this.nothing.hidden = true;
    this.list.append(element);
    this.follow();
  }

  follow() {
    this.list.scrollTop = this.list.scrollHeight;
  }
}

export class Figures {
  constructor(element, heard, gaps) {
    this.element = element;
    this.seconds = heard;
    this.gaps = gaps;
  }

  clear() {
    for (const value of this.element.querySelectorAll("dd")) value.textContent = "–";
    this.heard({ frames: 0, loud: 0, stops: 0, gaps: 0 });
  }

  latency(stages) {
    for (const [stage, took] of Object.entries(stages)) {
      const value = this.element.querySelector(`[data-stage="${CSS.escape(stage)}"] dd`);
      if (value) value.textContent = `${Math.round(took)} ms`;
    }
  }

  heard({ frames, loud, stops, gaps }) {
    Object.assign(this.element.dataset, { frames, loud: loud.toFixed(2), stops, gaps });
    this.seconds.textContent = loud.toFixed(1);
    this.gaps.textContent = gaps;
  }
}

function line(name, text) {
  const element = document.createElement("p");
  element.className = name;
  element.textContent = text;
  return element;
}
