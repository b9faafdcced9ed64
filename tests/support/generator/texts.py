# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, sentences and markdown pages, made once per run and then drawn from."""

from __future__ import annotations

from .dice import Dice
from .words import words

_WORDS = words(
    "energy transition housing health water soil learning policy neighbour city river partner canvas "
    "pilot survey budget season harvest mobility network question insight workshop session agenda "
    "decision draft measure outcome local regional open shared circular digital social public quiet "
    "urgent simple common early steady next former people students makers farmers nurses councils "
    "we they together between across within toward gather build compare publish invite sketch repair "
    "and the of for with a to in on by Überblick Maßnahme naïve façade coöperatie œuvre žádost πρόταση "
    "проект собрание 会議 提案 مشروع"
)
_FIRST_NAMES = words(
    "Jane Zoë Jürgen Łukasz Søren Мария Ольга 小明 美咲 O'Neil Anaïs Thijs Fatima Kwame Ines Björn "
    "Chloé Ahmet Noor Siobhán Renée Đorđe Ísak María-José Priya Neil Simone Valentin"
)
_LAST_NAMES = words(
    "Doe Müller D'Angelo Nowak Иванова 王 Fernández-Gómez van-Dijk O'Brien Åström Yildiz Smith "
    "Nguyễn Kovač Þórsson Bakker Jansen Costa Silva Haddad Okafor Tanaka Weiß Dupré"
)
_EMOJI = words("😀 🌍 📅 👍 👩‍💻 🇳🇱 ✨ 🏳️‍🌈 ❤️ 🧪")


class Texts:
    """Pools of text, all from one seed."""

    def __init__(self, seed: str, pages: int = 300) -> None:
        self.dice = Dice(seed)
        self.titles = [self._title() for _ in range(pages)]
        self.sentences = [self._sentence() for _ in range(pages)]
        self.pages = [self._page(number) for number in range(pages)]

    def _words(self, low: int, high: int) -> str:
        return " ".join(self.dice.choices(_WORDS, k=self.dice.between(low, high)))

    def _title(self) -> str:
        title = self._words(2, 6).capitalize()
        if self.dice.chance(0.15):
            title += " " + self.dice.pick(_EMOJI)
        if self.dice.chance(0.1):
            title = title.replace(" ", ' "', 1) + '"'
        return title[:120]

    def _sentence(self) -> str:
        return (self._words(6, 14).capitalize() + ".")[:120]

    def _page(self, number: int) -> str:
        """Markdown as people write it, with every kind of line end."""
        line_end = "\r\n" if number % 7 == 0 else "\n"
        blocks = [self._block() for _ in range(self.dice.between(1, 5))]
        if number % 50 == 49:
            blocks += [self._block() for _ in range(60)]
        text = "\n\n".join(blocks)
        if number % 11 == 0:
            text += "\n"
        if number % 13 == 0:
            text = "\n" + text
        return text.replace("\n", line_end)

    def _block(self) -> str:
        dice = self.dice
        kind = dice.between(0, 9)
        if kind == 0:
            return f"## {dice.pick(_EMOJI)} {self._words(2, 5)}\n\n*{self._words(3, 8)}…*"
        if kind == 1:
            return f"| {self._words(1, 2)} | {self._words(1, 2)} |\n|---|---|\n| a\tb | `c:\\temp\\new` |"
        if kind == 2:
            return "```js\nconst path = 'C:\\\\data\\\\N';\nif (a < b && c) {\n\treturn \"\\n\";\n}\n```"
        if kind == 3:
            return f"![{self._words(1, 3)}](/api/private/rest/storage/document/{dice.uuid()})"
        if kind == 4:
            return (
                f'<iframe src="https://video.example.org/{dice.hexadecimal(11)}?a=1&amp;b=2"></iframe>&nbsp;'
            )
        return ". ".join(self._words(8, 25).capitalize() for _ in range(dice.between(1, 3))) + "."


def person_name(dice: Dice) -> tuple[str, str]:
    """First and last name."""
    return dice.pick(_FIRST_NAMES), dice.pick(_LAST_NAMES)
