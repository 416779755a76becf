"""The table under a figure as a CSV in the page."""

import base64

from bs4 import BeautifulSoup

from ctip_analysis.page import picture

TABLE = (
    '<table class="cells"><thead><tr><th scope="col">Province</th><th scope="col">Value</th></tr></thead><tbody>'
    '<tr><th scope="row">Phnom Penh, the capital</th><td class="number"><data class="fact KIND shown">12,615</data>'
    '</td></tr><tr><th scope="row">Kep</th><td class="number"><data class="fact KIND withheld">'
    'withheld to protect people</data></td></tr><tr><th scope="row">Takeo</th><td class="number">–</td>'
    "</tr></tbody></table>"
)


def figure(kind: str) -> str:
    table = TABLE.replace("KIND", kind)
    data = f'<details class="data"><summary>Data</summary><div class="scroll">{table}</div></details>'
    return f'<figure class="plot">{data}</figure>'


def downloads(body: str) -> dict[str, str]:
    links = BeautifulSoup(picture.linked(body), "html.parser").find_all("a", download=True)
    return {
        link["download"]: base64.b64decode(link["href"].partition(",")[2]).decode("utf-8-sig")
        for link in links
    }


def test_numbers_have_no_separators_words_stay_and_a_dash_is_nothing():
    assert downloads(figure("counted")) == {
        "figure-1.csv": 'Province,Value\n"Phnom Penh, the capital",12615\nKep,withheld to protect people\nTakeo,\n'
    }


def test_made_up_numbers_say_so_in_the_name_of_the_file_and_in_each_row():
    (name, text), *_ = downloads(figure("synthetic")).items()
    assert name == "figure-1_SYNTHETIC.csv"
    assert [line.rpartition(",")[2] for line in text.splitlines()] == ["kind", *["synthetic"] * 3]


def test_each_figure_has_a_file_of_its_own():
    assert list(downloads(figure("counted") * 2)) == ["figure-1.csv", "figure-2.csv"]
