"""A turn's reply as it is spoken: deltas as they come, and nothing twice."""

from __future__ import annotations

from contracts.language import speaking, t
from contracts.messages import Choices
from voice.talking.piece import Piece
from voice.talking.saying import Saying
from voice.talking.sentences import Sentences
from voice.talking.speaker import Speaker

BETWEEN = "\n\n"  # two texts of a turn, as in `Turn.reply`


class Reply:
    """Speaks one turn. What the pieces say, put together, is the turn's reply in its own wording,
    so that what was heard of it can be found in the thread."""

    def __init__(self, speaker: Speaker, key: str, language: str) -> None:
        self._speaker = speaker
        self._language = language
        self._sentences = Sentences()
        self._untold = ""  # what deltas said, and no text has said since
        self._whole = False  # a message is whole: what comes now is another one
        self.saying: Saying = speaker.begin(key)

    def delta(self, text: str) -> None:
        if self._whole:
            text = text.lstrip()
            if not text:
                return
            text = BETWEEN + text
        self._whole = False
        self._untold += text
        for piece in self._sentences.push(text):
            self._say(piece)

    def text(self, text: str) -> None:
        """A text of the turn, whole, which the deltas may have said already."""
        whole, said = text.strip(), self._untold.rstrip()
        found = self._untold.find(whole)
        if found >= 0:
            self._untold = self._untold[found + len(whole) :]
        elif said.strip() and whole.startswith(said.lstrip()):
            self.delta(whole[len(said.lstrip()) :])  # the stream broke off
            self._untold = ""
        else:
            self.pause()
            self.delta(whole)
            self._untold = ""
        self.pause()

    def pause(self) -> None:
        """A message is whole, or a tool is at work."""
        for piece in self._sentences.rest():
            self._say(piece)
        self._sentences = Sentences()
        self._whole = bool(self.saying.text)

    def choices(self, choices: Choices) -> None:
        """What there is to choose from, unless it was said: nobody sees it."""
        said = self.saying.text.casefold()
        labels = [option.label for option in choices.options]
        if len(labels) <= 2 and all(o.id.startswith(("yes:", "no:")) for o in choices.options):
            return  # the question asks for just that
        if any(label.casefold() not in said for label in labels):
            with speaking(self._language):
                self._aside(t("You can choose: {options}.", options="; ".join(labels)))

    def filler(self) -> None:
        with speaking(self._language):
            self._aside(t("One moment, please."))

    def close(self) -> None:
        self.pause()
        self._speaker.close(self.saying)

    def _aside(self, text: str) -> None:
        self._speaker.add(self.saying, Piece(text, self._language, said=False))

    def _say(self, text: str) -> None:
        self._speaker.add(self.saying, Piece(text, self._language))
