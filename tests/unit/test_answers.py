"""What models write, understood: clean, loops, Markdown, grounding, formulas, laid on the page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leafbeam.answers.clean import cleaned
from leafbeam.answers.families import FAMILIES, AnswerForm, family_named, family_of
from leafbeam.answers.formulas import RULES, FormulaRepair
from leafbeam.answers.grounding import pieces_of_blocks
from leafbeam.answers.loops import LoopGuard, compression_ratio, is_loop, repeated_tail, without_loop
from leafbeam.answers.markdown import pieces_of_markdown
from leafbeam.answers.page import lay_out
from leafbeam.errors import UsageError
from leafbeam.katex import Katex
from leafbeam.types import BlockKind, Cell

PAGE = np.full((1000, 800, 3), 255, np.uint8)


# -- families -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("lightonai/LightOnOCR-2-1B", "v2"),
        ("lightonai/LightOnOCR-2-1B-base", "v2"),
        ("lightonai/LightOnOCR-2-1B-bbox-soup", "v2-bbox"),
        ("lightonai/LightOnOCR-1B-1025", "v1"),
        ("lightonai/LightOnOCR-0.9B-16k-1025", "v1"),
        ("lightonai/LightOnOCR-3-1B", "v3"),
        ("lightonai/LightOnOCR-3-4B", "v3-large"),
        ("/models/LightOnOCR-3-0.8B/", "v3-large"),
        ("PaddlePaddle/PaddleOCR-VL", "generic"),
    ],
)
def test_the_family_is_told_from_the_name(model, family):
    assert family_of(model).name == family


def test_families_ask_as_their_cards_say():
    assert FAMILIES["v2"].prompt is None
    assert (FAMILIES["v2"].temperature, FAMILIES["v2"].top_p) == (0.2, 0.9)
    assert FAMILIES["v3"].prompt == "grounding"
    assert FAMILIES["v3"].template == {"enable_thinking": False}
    with pytest.raises(UsageError, match="v2-bbox"):
        family_named("v2bbox")


# -- clean ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("system\nuser\nassistant\n# Title", "# Title"),
        ("assistant: # Title<|im_end|>", "# Title"),
        ("<|im_start|>assistant\nText", "Text"),
        ("grounding\n![text](1,2,3,4) A", "![text](1,2,3,4) A"),
        ("```markdown\n# Title\n\nText\n```", "# Title\n\nText"),
        ("<think>\nhm\n</think>\n\nText", "Text"),
        (r"Let \$x^2\$ be", "Let $x^2$ be"),
        (r"It costs \$5 and \$6", r"It costs \$5 and \$6"),
        ("The user manual\nassistant professor", "The user manual\nassistant professor"),
        (
            "```python\nprint(1)\n```\n\nand\n\n```python\nprint(2)\n```",
            "```python\nprint(1)\n```\n\nand\n\n```python\nprint(2)\n```",
        ),
    ],
)
def test_what_is_not_of_the_page_is_taken_off(answer, text):
    assert cleaned(answer, "grounding") == text


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    once = cleaned(text, "grounding")
    assert cleaned(once) == once or len(cleaned(once)) < len(once)


# -- loops ----------------------------------------------------------------------------------------------------------

PROSE = " ".join(
    f"Sentence {i} says that {i * 7919 % 1000} sheep of the {i * 31 % 97}th herd were seen." for i in range(400)
)


@pytest.mark.parametrize(
    "unit", ["ab", "the same words again and ", "x" * 3, "A whole paragraph that comes back. " * 8, "1.0 2.0 3.0 "]
)
def test_repeats_are_loops(unit):
    assert is_loop(PROSE[:1000] + unit * (2000 // len(unit) + 6))


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "Contents\n\n" + "\n".join(f"Chapter {i} {'.' * 90} {i * 12}" for i in range(30)),
        "<table>" + "<tr><td></td><td></td><td></td></tr>" * 60 + "</table>",
        "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | {i * i} |" for i in range(80)),
        "Name: " + "_" * 300,
        "",
    ],
    ids=["prose", "contents", "empty cells", "numbers", "blanks", "nothing"],
)
def test_real_pages_are_no_loops(text):
    assert not is_loop(text)


def test_a_text_that_packs_too_well_is_a_loop_by_the_papers_criterion():
    text = "\n".join(f"{i % 10}. The item is the item of the item list number {i % 10}" for i in range(200))
    assert compression_ratio(text) < 0.13
    assert is_loop(text)


def test_the_guard_sees_a_loop_soon_after_it_begins():
    guard, text = LoopGuard(), PROSE[:2000]
    steps = 0
    while not guard.sees_loop(text):
        text += "and again "
        steps += 1
    assert 10 * steps < 900


@given(st.text(alphabet="ab ", min_size=12, max_size=60), st.integers(2, 30))
def test_without_loop_keeps_the_first_time(unit, times):
    text = "Beginning: " + unit * times
    short = without_loop(text)
    assert text.startswith(short)
    length, run = repeated_tail(text)
    assert run >= 2 * length or short == text


# -- Markdown -------------------------------------------------------------------------------------------------------

ANSWER = r"""# Title

A paragraph that
runs on, with $x_1$ and **bold**.
A second line.

- one
  - inner
- [x] done

3. third
4. fourth

<table>
<thead><tr><th>Year</th><th colspan="2">Sums</th></tr></thead>

<tr><td rowspan=2>2001</td><td>1 &lt; 2</td><td>a<br>b</td></tr>
<tr><td><b>3</b></td><td>m<sup>2</sup></td></tr>
</table>

Table 1: Sums by year.

$$
a
- b \tag{3}
$$

![image](image_1.png) 100,200,500,600

Figure 2. A cat.

| a | b |
|---|---|
| 1 | $x \| y$ |

```
code  here
```

[^1]: The note.
"""


def test_markdown_becomes_pieces():
    pieces = pieces_of_markdown(ANSWER)
    kinds = [piece.kind.value for piece in pieces]
    assert kinds == [
        "heading", "paragraph", "list-item", "list-item", "list-item", "list-item", "list-item", "table", "caption",
        "formula", "figure", "caption", "table", "code", "footnote",
    ]  # fmt: skip
    assert pieces[1].text == "A paragraph that runs on, with $x_1$ and **bold**. A second line."
    assert [(piece.marker, piece.level) for piece in pieces[2:7]] == [
        ("-", 0), ("-", 1), ("- [x]", 0), ("3.", 0), ("4.", 0),
    ]  # fmt: skip
    table = pieces[7].table
    assert table is not None
    assert table.rows[0] == (Cell("Year", header=True), Cell("Sums", col_span=2, header=True))
    assert table.rows[1] == (Cell("2001", row_span=2), Cell("1 < 2"), Cell("a\nb"))
    assert table.rows[2] == (Cell("**3**"), Cell("m<sup>2</sup>"))
    assert (pieces[9].text, pieces[9].marker) == ("a\n- b", "3")
    assert pieces[10].box == (100, 200, 500, 600)
    assert pieces[13].text == "code  here"
    assert (pieces[14].marker, pieces[14].text) == ("1", "The note.")


def test_a_table_that_was_cut_off_keeps_its_rows():
    (piece,) = pieces_of_markdown("<table><tr><td>1</td><td>2</td></tr><tr><td>3")
    assert piece.table is not None
    assert [[cell.text for cell in row] for row in piece.table.rows] == [["1", "2"], ["3"]]


def test_a_figure_inside_a_sentence_splits_it():
    pieces = pieces_of_markdown("Before ![a cat](image_1.png) after.")
    assert [(piece.kind.value, piece.text) for piece in pieces] == [
        ("paragraph", "Before"), ("figure", "a cat"), ("paragraph", "after."),
    ]  # fmt: skip


def test_dollars_inside_code_are_no_formula():
    (piece,) = pieces_of_markdown("```\n$$ echo $$ <table>\n```")
    assert piece.kind is BlockKind.CODE


def test_equation_environments_become_those_katex_knows():
    (piece,) = pieces_of_markdown("\\begin{align*}a &= b \\\\ c &= d\\end{align*}")
    assert piece.text == "\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}"


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=30))
def test_words_are_never_lost(word):
    text = " ".join(piece.text for piece in pieces_of_markdown(f"Some {word} here\n\n- and {word}"))
    assert text.count(word) >= 2


# -- grounding ------------------------------------------------------------------------------------------------------


def test_boxed_blocks_become_pieces():
    text = (
        "![header](10,10,900,30) Running head\n![title](100,50,900,90) The title\n![section](1,2,3,4) ## 2 Method\n"
        "![text](100,100,480,900) Some text\nwith $x$.\n![text+](520,100,900,300) and its end.\n"
        "![formula](100,300,480,350) $$a^2$$\n![table](1,1,2,2) <table><tr><td>1</td></tr></table>\n"
        "![footnote](100,900,480,950) 3 See there.\n![image](500,400,900,700) a cat on a mat\n"
        "![page_number](480,960,520,980) 7"
    )
    pieces = pieces_of_blocks(text)
    assert [piece.kind.value for piece in pieces] == [
        "header", "heading", "heading", "paragraph", "paragraph", "formula", "table", "footnote",
        "figure", "page-number",
    ]  # fmt: skip
    assert [piece.level for piece in pieces[1:3]] == [1, 2]
    assert pieces[2].text == "2 Method"
    assert pieces[4].continues
    assert pieces[5].text == "a^2"
    assert (pieces[7].marker, pieces[7].text) == ("3", "See there.")
    assert pieces[8].text == "a cat on a mat"
    assert pieces[3].box == (100, 100, 480, 900)


# -- on the page ----------------------------------------------------------------------------------------------------


def test_figures_are_cut_clamped_and_once():
    boxes = ("100,100,500,400", "102,101,500,400", "600,900,1200,1300", "5,5,5,9")
    text = "\n\n".join(f"![image](image_{i}.png){' ' * (i % 2)}{box}" for i, box in enumerate(boxes))
    laid = lay_out(text, AnswerForm.MARKDOWN, lambda: PAGE, 2)
    assert [asset.name for asset in laid.assets] == ["p003-1.png", "p003-2.png"]
    assert laid.assets[1].box.right == 1.0
    assert [problem.kind for problem in laid.problems] == ["clamped-box", "bad-box"]
    assert [block.asset for block in laid.blocks] == ["p003-1.png", "p003-2.png", None]


# -- formulas -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def katex():
    with Katex() as engine:
        yield engine


@pytest.mark.parametrize(
    ("rule", "latex"),
    [
        ("labels", r"a = b \label{eq:1}"),
        ("commands", r"\esssup_{x} f(x)"),
        ("commands", r"\bm{x} + \mathds{1}"),
        ("text-signs", r"\text{R&D costs} = 5"),
        ("environments", r"\begin{eqnarray}a &= b\end{eqnarray}"),
        ("alignment", r"a &= b \\ c &= d"),
        ("open-environments", r"\begin{cases} 1 & x \\ 2"),
        ("dollars", r"a $b$ c"),
        ("percent", r"5\% of #1"),
        ("scripts", r"x^a^b + y_1_2"),
        ("braces", r"\frac{a}{b"),
        ("braces", r"a} + b"),
        ("delimiters", r"\left( a + b"),
    ],
)
def test_each_rule_mends_what_katex_refuses(katex, rule, latex):
    repair = FormulaRepair(katex.refusal)
    assert katex.refusal(latex, True)
    fixed = repair.mend(latex, True)
    assert fixed is not None
    assert katex.refusal(fixed, True) == ""
    assert repair.mended[rule] == 1
    assert FormulaRepair(katex.refusal, frozenset(RULES)).mend(latex, True) is None


def test_a_formula_that_renders_is_never_touched(katex):
    repair = FormulaRepair(katex.refusal)
    for latex in (r"\frac{a}{b}", r"x^{a^b}", r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\text{if } x > 0"):
        assert repair.mend(latex, True) == latex
    assert not repair.mended


def test_what_cannot_be_mended_is_told(katex):
    laid = lay_out(
        "$$\n\\foo{x}\n$$\n\nText with $\\baz$ and $x$.",
        AnswerForm.MARKDOWN,
        lambda: PAGE,
        0,
        FormulaRepair(katex.refusal),
    )
    assert laid.blocks[0].text == r"\foo{x}"
    assert [problem.kind for problem in laid.problems] == ["formula", "formula"]
