"""Tables in Markdown, HTML and text."""

from __future__ import annotations

from documents import spanned, table

from leafbeam.options import TableFormat
from leafbeam.types import Cell, Table
from leafbeam.write.tables import grid, plain_table, table_markdown

HEAD = "<table>\n<thead>\n<tr><th>"


def auto(made: Table) -> str:
    return table_markdown(made, TableFormat.AUTO)


def test_a_plain_table_is_a_pipe_table() -> None:
    assert auto(table("a & b", "1 & ")) == "| a | b |\n| --- | --- |\n| 1 | |"


def test_auto_takes_html_where_a_pipe_table_would_lose_something() -> None:
    assert auto(spanned()).startswith("<table>")
    assert auto(table("a & b", "1\n2 & 3")).startswith(HEAD)
    assert auto(table("a & b", "c & d", "1 & 2", heads=2)).startswith(HEAD)
    assert auto(table("a & b", "1 & $|x|$")).startswith(HEAD)
    assert auto(Table(((Cell("a"), Cell("b")), (Cell("c"),)))).startswith("<table>")


def test_no_row_is_made_a_heading_that_is_none() -> None:
    bare = table("milk & 1.20", "tea & 2.00", heads=0)
    assert auto(bare) == (
        "<table>\n<tbody>\n<tr><td>milk</td><td>1.20</td></tr>\n<tr><td>tea</td><td>2.00</td></tr>\n</tbody>\n</table>"
    )
    assert table_markdown(bare, TableFormat.PIPE) == "| | |\n| --- | --- |\n| milk | 1.20 |\n| tea | 2.00 |"


def test_html_has_head_body_and_spans() -> None:
    assert auto(spanned()) == (
        '<table>\n<thead>\n<tr><th rowspan="2">Year</th><th colspan="2">Sales</th></tr>\n'
        "<tr><th>North</th><th>South</th></tr>\n</thead>\n"
        "<tbody>\n<tr><td>2024</td><td>3</td><td>4</td></tr>\n</tbody>\n</table>"
    )


def test_html_cells_hold_inline_markup_and_escape_only_what_would_be_markup() -> None:
    text = "**R&D** *x* `c` a < 3 <b &gt; <script> $y<z$[^2]\n\n2"
    got = table_markdown(table("h", text), TableFormat.HTML)
    cell = "<b>R&D</b> <i>x</i> <code>c</code> a < 3 &lt;b > &lt;script> $y&lt;z$<sup>2</sup><br><br>2"
    assert f"<td>{cell}</td>" in got
    assert "\n\n" not in got


def test_a_forced_pipe_table_puts_spans_in_their_first_place() -> None:
    assert table_markdown(spanned(), TableFormat.PIPE) == (
        "| Year | Sales | |\n| --- | --- | --- |\n| | North | South |\n| 2024 | 3 | 4 |"
    )


def test_pipes_in_cells_are_escaped_and_bars_in_maths_are_named() -> None:
    got = table_markdown(table("a|b & c\\|d", "$|x|$ & $\\|y\\|$ \n z"), TableFormat.PIPE)
    assert got.split("\n")[0] == "| a\\|b | c\\|d |"
    assert got.split("\n")[2] == "| $\\vert x\\vert $ | $\\Vert y\\Vert $ <br> z |"


def test_the_grid_places_cells_around_spans_and_bounds_spans_to_the_table() -> None:
    made = Table(((Cell("a", row_span=9), Cell("b")), (Cell("c"), Cell("d", col_span=2))))
    assert grid(made) == [["a", "b", "", ""], ["", "c", "d", ""]]
    assert grid(Table(())) == []


def test_a_table_without_cells_is_nothing() -> None:
    assert auto(Table(())) == auto(Table(((),))) == ""


def test_plain_tables_are_rows_with_tabs() -> None:
    assert plain_table(table("**a** & b", "1\n2 & $x$")) == "a\tb\n1 2\tx"
