"""Delimited text: what is found by looking, what is refused, and under which number a row stands."""

import csv
import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from readers_help import count_known, read_all, read_plainly

from straitsx_bulk.io.readers import InputFile, open_input, text_stream
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError, UsageError

TABLE = [["Tan, Mei", "personal", "S0000001I"], ["Lim\nAh Kow", "personal", "0012345"], ['5" Pipe', "business", "T08"]]
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
HEADER = ["name", "type", "id"]


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _write_table(path: Path, delimiter: str = ",", encoding: str = "utf-8", ending: str = "\n") -> Path:
    with path.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(
            [HEADER, *TABLE]
        )
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_delimiter_line_end_and_encoding_are_found_by_looking(
    tmp_path: Path, delimiter: str, ending: str, encoding: str
) -> None:
    reading = read_all(_write_table(tmp_path / "a.csv", delimiter, encoding, ending))
    assert (reading.headers, reading.cells, reading.numbers) == (HEADER, TABLE, [2, 3, 4])
    assert DELIMITER_NAMES[delimiter] == reading.origins[0].detected["delimiter"]


def test_what_pandas_writes_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame(TABLE, columns=HEADER).to_csv(path, index=False, quoting=csv.QUOTE_ALL)
    assert read_all(path).cells == TABLE


@pytest.mark.parametrize(
    ("text", "encoding", "found", "confidence"),
    [
        ("José,Müller", "utf-8", "utf-8", "certain"),
        ("José,Müller", "utf-8-sig", "utf-8-sig", "certain"),
        ("José – “Müller”", "cp1252", "cp1252", "likely"),
        ("José,Müller", "latin-1", "cp1252", "likely"),
        ("陈美玲,新加坡国立大学", "gb18030", "gb18030", "likely"),
        ("José,Müller", "utf-16", "utf-16-le", "certain"),
        ("José,Müller", "utf-16-be", "utf-16-be", "likely"),
    ],
)
def test_an_encoding_is_named_with_how_sure_it_is(
    tmp_path: Path, text: str, encoding: str, found: str, confidence: str
) -> None:
    cell = f'"{text}"'
    content = "name,id\n" + "".join(f"{cell},{n}\n" for n in range(20))
    reading = read_all(_write(tmp_path / "a.csv", content.encode(encoding)))
    assert found == reading.origins[0].detected["encoding"]
    assert reading.origins[0].detected["encoding_confidence"] == confidence
    assert [[text, str(n)] for n in range(20)] == reading.cells


def test_latin_1_control_characters_are_findings_not_letters(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", b"name,id\nJos\xe9,1\nA\x81B,2\n"))
    assert reading.origins[0].detected["encoding"] == "latin-1"
    assert reading.notes == [(3, "name", Note.UNDECODABLE, "")]


def test_bytes_without_a_character_are_noted_on_their_cell(tmp_path: Path) -> None:
    good = "".join(f"José {n},{n}\n" for n in range(30)).encode()
    reading = read_all(_write(tmp_path / "a.csv", b"name,id\n" + good + b"Jos\xe9,31\nB\xef\xbf\xbdb,32\n"))
    assert reading.origins[0].detected["encoding"] == "utf-8"
    assert reading.notes == [(32, "name", Note.UNDECODABLE, ""), (33, "name", Note.UNDECODABLE, "")]
    assert reading.cells[30] == ["Jos\ufffd", "31"]


def test_one_cp1252_byte_far_down_the_file_is_found(tmp_path: Path) -> None:
    lines = b"".join(b"Tan %d,%d\n" % (n, n) for n in range(400_000))
    reading = read_all(_write(tmp_path / "a.csv", b"name,id\n" + lines + b"Ren\xe9e,7\n"))
    assert reading.cells[-1] == ["Renée", "7"]
    assert reading.numbers[-1] == 400_002
    assert reading.origins[0].detected["encoding"] == "cp1252"


def test_a_given_encoding_and_delimiter_win(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "name~id\nŁukasz~1\n".encode("cp1250"))
    assert read_all(path, encoding="cp1250", delimiter="~").cells == [["Łukasz", "1"]]


@pytest.mark.parametrize(
    "wish", [{"encoding": "klingon"}, {"encoding": "base64"}, {"delimiter": "ab"}, {"delimiter": '"'}]
)
def test_an_impossible_encoding_or_delimiter_is_wrong_usage(tmp_path: Path, wish: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read_all(_write(tmp_path / "a.csv", "name,id\nA,1\n"), **wish)


MYSQL = r"""name,id,note
"Tan \"Bob\" Mei","1","a, b"
"Lim\\Ah","2",\N
"Ong","3","say \"hi\""
"C:\temp","4","x""y"
"""


def test_quotes_behind_backslashes_are_read_where_an_export_writes_them_so(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", MYSQL))
    assert reading.cells == [
        ['Tan "Bob" Mei', "1", "a, b"],
        ["Lim\\Ah", "2", "\\N"],
        ["Ong", "3", 'say "hi"'],
        ["C:\\temp", "4", 'x"y'],
    ]
    assert reading.origins[0].detected["escape"] == "backslash"


def test_what_pythons_own_writer_escapes_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table = [['5" \\ "x"', "a\\", "1"], ["\\N", 'q"', "2"]]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\")
        writer.writerows([HEADER, *table])
    assert read_all(path).cells == table


def test_a_backslash_that_escapes_nothing_stays(tmp_path: Path) -> None:
    text = 'name,id\n"C:\\",1\n\\N,2\na\\,3\n5\\" pipe,4\n'
    assert read_all(_write(tmp_path / "a.csv", text)).cells == [
        ["C:\\", "1"],
        ["\\N", "2"],
        ["a\\", "3"],
        ['5\\" pipe', "4"],
    ]


def test_a_quote_behind_a_backslash_far_down_is_told_with_its_line(tmp_path: Path) -> None:
    lines = "".join(f'"Tan {n}","{n}"\n' for n in range(60_000))
    with pytest.raises(FileError, match=r"line 60002 has a quote behind a backslash .* doubled quotes"):
        read_all(_write(tmp_path / "a.csv", f'name,id\n{lines}"Lim \\"Bob\\", Ah","7"\n'))


def test_packed_text_reads_like_unpacked(tmp_path: Path) -> None:
    plain = _write_table(tmp_path / "a.csv")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_all(plain).rows == read_all(packed).rows
    assert read_all(packed).origins[0].detected["packed"] == "gzip"


def test_a_file_of_several_gzip_members_is_read_to_its_end(tmp_path: Path) -> None:
    """As pigz, bgzip and ``cat`` make them; members end wherever they like, within a quoted cell too."""
    plain = _write_table(tmp_path / "a.csv")
    content = plain.read_bytes()
    packed = b"".join(gzip.compress(content[place : place + 7]) for place in range(0, len(content), 7))
    assert read_all(_write(tmp_path / "b.csv.gz", packed)).rows == read_all(plain).rows


@pytest.mark.skipif(shutil.which("gzip") is None, reason="there is no gzip here")
def test_what_the_gzip_program_packs_is_read(tmp_path: Path) -> None:
    plain = _write_table(tmp_path / "a.csv")
    expected = read_all(plain).rows
    subprocess.run(["gzip", "-9", str(plain)], check=True)
    assert read_all(tmp_path / "a.csv.gz").rows == expected


def test_a_cut_off_gzip_file_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"name,id\n" + b"".join(b"%d,x\n" % n for n in range(9999)))
    with pytest.raises(FileError, match=r"a\.csv\.gz: its gzip packing is damaged or cut off"):
        read_all(_write(tmp_path / "a.csv.gz", packed[: len(packed) // 2]))


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_stream, "_BOMB_BYTES", 1_000_000)
    path = _write(tmp_path / "a.csv.gz", gzip.compress(b"name,id\n" + b"A,1\n" * 2_000_000))
    with pytest.raises(FileError, match="zip bomb"):
        read_all(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 a workbook", "workbook or archive packed with gzip; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old one", "workbook or archive packed with gzip; unpack it"),
        (gzip.compress(b"name,id\nA,1\n", mtime=0), "packed with gzip twice"),
        (b"%PDF-1.7", "is a PDF"),
        (b"", "the file is empty"),
    ],
)
def test_what_else_is_packed_with_gzip_is_refused_with_the_mend(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason):
        read_all(_write(tmp_path / "a.xlsx.gz", gzip.compress(content)))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "name,id\nA,1\n")
    path.chmod(0)
    with pytest.raises(FileError, match="no permission"):
        read_all(path)


def test_rows_keep_the_numbers_a_person_sees_whatever_stands_between(tmp_path: Path) -> None:
    """Blank lines, quoted line breaks and ragged rows in every third line among them."""
    lines, expected, ragged = ["name,type,id"], [], []
    for n in range(300):
        row = len(lines) + 1
        kind = n % 4
        if kind == 0:
            lines.append("")
        elif kind == 1:
            lines.append(f'"Tan\nMei {n}",personal,S{n}')
            expected.append((row, [f"Tan\nMei {n}", "personal", f"S{n}"]))
        elif kind == 2:
            lines.append(f"Lim {n},personal")
            expected.append((row, [f"Lim {n}", "personal", ""]))
            ragged.append((row, None, Note.RAGGED_ROW, "2 cells, the header has 3"))
        else:
            lines.append(f"Ong {n},personal,S{n}")
            expected.append((row, [f"Ong {n}", "personal", f"S{n}"]))
    path = _write(tmp_path / "a.csv", "\n".join(lines))
    reading = read_all(path, batch_rows=7)
    assert expected == reading.rows
    assert ragged == reading.notes
    assert [number for number, _ in read_plainly(path.read_text())] == reading.numbers


def test_too_many_cells_are_ragged_and_surplus_empty_ones_are_not(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", "name,type,id\nA,b,c,d\nE,f,g,, \nH,i,j\n,,,k\n"))
    assert reading.rows == [(2, ["A", "b", "c"]), (3, ["E", "f", "g"]), (4, ["H", "i", "j"]), (5, ["", "", ""])]
    assert [number for number, *_ in reading.notes] == [2, 5]
    assert reading.notes[0][3] == "4 cells, the header has 3"


def test_title_rows_and_blank_rows_are_stepped_over_and_count(tmp_path: Path) -> None:
    text = "Customer list\n\nmade on 1 May\nName,Type,ID\n\nTan,personal,S1\n,,\nLim,personal,S2\n"
    for known in (count_known, None):
        reading = read_all(_write(tmp_path / "a.csv", text), known_headers=known)
        assert reading.origins[0].header_row == 4
        assert reading.rows == [(6, ["Tan", "personal", "S1"]), (8, ["Lim", "personal", "S2"])]


@pytest.mark.parametrize("blank", [60, 10_000])
def test_a_header_far_below_blank_rows_is_found(tmp_path: Path, blank: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n" * blank + "name,id\nTan,007\n")
    assert read_all(path).rows == [(blank + 2, ["Tan", "007"])]


def test_a_given_header_row_is_taken(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "name,id\nNombre,Numero\nAna,1\n")
    assert read_all(path, header_row=2, known_headers=count_known).headers == ["Nombre", "Numero"]
    with pytest.raises(FileError, match="row 9, which should be the header"):
        read_all(path, header_row=9)


def test_excels_declaration_of_the_delimiter_is_obeyed_and_counted(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", "sep=;\nname;id\nA,B;1\n"))
    assert (reading.rows, reading.origins[0].header_row) == ([(3, ["A,B", "1"])], 2)


def test_apostrophes_that_quote_every_cell_are_quotes(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", "'name','id'\n'Tan, Mei','1'\n'O''Brien','2'\n"))
    assert reading.cells == [["Tan, Mei", "1"], ["O'Brien", "2"]]


def test_headers_are_made_unique_and_empty_unnamed_columns_dropped(tmp_path: Path) -> None:
    text = "Name, Name ,,id,,Name (2)\nA,B,,1,x,C\nD,E,,2,,F\n"
    reading = read_all(_write(tmp_path / "a.csv", text))
    assert reading.headers == ["Name", "Name (3)", "id", "column 5", "Name (2)"]
    assert reading.cells == [["A", "B", "1", "x", "C"], ["D", "E", "2", "", "F"]]


@pytest.mark.parametrize("blanks", [" ", "\t ", "    "])
def test_blanks_behind_a_closing_quote_make_no_runaway_of_a_cell_of_two_lines(tmp_path: Path, blanks: str) -> None:
    content = f'name,address,id\n"A"{blanks},"1 Lane{{n}}Unit 2"{blanks},"1"{blanks}{{n}}B,"3 Lane",2{{n}}'
    for end in ("\n", "\r\n"):
        reading = read_all(_write(tmp_path / "a.csv", content.format(n=end)))
        assert [[cell.strip() for cell in cells] for cells in reading.cells] == [
            ["A", f"1 Lane{end}Unit 2", "1"],
            ["B", "3 Lane", "2"],
        ]


def test_a_header_without_rows_is_fine(tmp_path: Path) -> None:
    reading = read_all(_write(tmp_path / "a.csv", "\ufeffname,id\n"))
    assert (reading.headers, reading.rows) == (["name", "id"], [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"1,2,3\n4,5,6\n", "there is no header: row 1"),
        (b"S1234567D,1990-01-02,a@example.com\n", "there is no header: row 1"),
        (b"Tan Mei Ling,personal,S1234567D\n", "there is no header: row 1"),
        (b"Tan Mei Ling,Marine Parade,SG,tan@example.com\n", "there is no header: row 1"),
        (b"Acme,business,201912345R,SG\n", "there is no header: row 1"),
        (b"Tan Mei Ling,personal,P1234567X,passport,SG\n", "there is no header: row 1"),
        (bytes(range(256)) * 40, "binary data"),
        (b"%PDF-1.7 whatever", "is a PDF"),
        (b"<html><table><tr><td>name</td></tr></table></html>", "is a web page"),
        (b'{"name": 1}', "is JSON"),
        (b"PK\x03\x04 not really", "damaged workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office document"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b'name,id\nA,1\n"B,2\nC,3\n', "the record that starts in line 3 never ends"),
        (b'name,id\nA,"1\nB,2\nC,"3"\nD,4\n', "the record that starts in line 2 runs over 3 lines"),
        (b'name,id\nA,1\nB "x",2\n"C\nD,3\nE "y",4\n', "the record that starts in line 4 runs over 3 lines"),
        (b"name,id\nA,1\nB\0,2\n", "line 3 holds a NUL byte"),
        (b"name,id\nA," + b"x" * 10_000_000 + b"\nB,2\n", "the record that starts in line 2 has a cell of more"),
        (
            b"name,id\nA," + b"x" * 40_000_000 + b"\nB,2\n",
            "line 2 is longer than 16 MiB, without a line break or a quote",
        ),
        (b'name,id\nA,"' + b"x" * 40_000_000 + b'"\nB,2\n', "line 2 is longer than 16 MiB; is a quote there opened"),
        (b'name,id\nA,"' + b"x\n" * 5_000_000 + b'"\nB,2\n', "the record that starts in line 2 has a cell of"),
    ],
)
def test_what_cannot_be_read_says_why_and_where(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        read_all(_write(tmp_path / "a.csv", content))
    assert caught.value.source == "a.csv"


def test_a_missing_file_a_folder_and_a_forbidden_file_say_so(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(FileError, match=reason):
            read_all(path)


def test_stray_quotes_are_read_as_they_stand(tmp_path: Path) -> None:
    text = 'name,id\n5" pipe,1\nO"Neil,2\n"a"b,3\nplain,4\n'
    reading = read_all(_write(tmp_path / "a.csv", text))
    assert reading.cells == [['5" pipe', "1"], ['O"Neil', "2"], ["ab", "3"], ["plain", "4"]]


def test_a_quote_never_closed_that_leaves_a_ragged_row_costs_that_row_alone(tmp_path: Path) -> None:
    text = '"name","id"\n"A","1\n"B","2"\n"C","3"\n"D\nd","4"\n'
    reading = read_all(_write(tmp_path / "a.csv", text))
    assert reading.numbers == [2, 3, 4]
    assert [(row, note) for row, _, note, _ in reading.notes] == [(2, Note.RAGGED_ROW)]
    assert reading.cells[1:] == [["C", "3"], ["D\nd", "4"]]


def test_a_second_pass_and_chosen_columns_give_the_same_cells(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "name,type,id\n" + "".join(f"N{n},p,{n}\n" for n in range(50)))
    with open_input(InputFile(path, "a.csv", None), batch_rows=7) as opened:
        first, again = list(opened.batches()), list(opened.batches())
        chosen = list(opened.columns(["id", "nothing"]))
    assert [b.cells.to_numpy().tolist() for b in first] == [b.cells.to_numpy().tolist() for b in again]
    assert [str(n) for n in range(50)] == [value for batch in chosen for value in batch.cells["id"]]
    assert [list(batch.cells.columns) for batch in chosen] == [["id"]] * 8


def test_rows_are_estimated_for_progress(tmp_path: Path) -> None:
    small = _write(tmp_path / "a.csv", "name,id\nA,1\nB,2\n")
    large = _write(tmp_path / "b.csv", "name,id\n" + "".join(f"Tan {n:06d},{n:06d}\n" for n in range(100_000)))
    with open_input(InputFile(small, "a.csv", None)) as few, open_input(InputFile(large, "b.csv", None)) as many:
        assert few.rows_estimate == 2
        assert 95_000 < many.rows_estimate < 105_000


def test_our_own_rejects_csv_gives_back_its_seals_and_drops_its_guards(tmp_path: Path) -> None:
    text = (
        "\ufeffname,'=note,id,_source,_sheet,_row,_stage,_errors,_suggestions,_check\n"
        "Tan,'=1+1,'-5,u.csv,,7,checks,'@x,,abc\n"
        "O'Neil,''quoted,'plain,u.csv,,8,checks,,,def\n"
    )
    reading = read_all(_write(tmp_path / "rejects.csv", text), header_row=9)
    assert reading.cells == [["Tan", "=1+1", "-5"], ["O'Neil", "'quoted", "'plain"]]
    assert [seal["_row"] for seal in reading.seals] == ["7", "8"]
    assert [seal["_errors"] for seal in reading.seals] == ["@x", ""]
    assert reading.headers == ["name", "=note", "id"]


def test_a_mappings_delimiter_and_encoding_do_not_apply_to_our_own_rejects(tmp_path: Path) -> None:
    text = "\ufeffname,id,_source,_sheet,_row,_stage,_errors,_suggestions,_check\nJosé,1,u.csv,,7,checks,,,abc\n"
    reading = read_all(_write(tmp_path / "rejects.csv", text), delimiter=";", encoding="cp1252")
    assert reading.cells == [["José", "1"]]
    other = read_all(_write(tmp_path / "a.csv", "name;x_check\nJos\xe9;1\n".encode("latin-1")), encoding="latin-1")
    assert other.cells == [["José", "1"]]


def test_a_foreign_file_keeps_its_apostrophes(tmp_path: Path) -> None:
    assert read_all(_write(tmp_path / "a.csv", "name,id\n'=1+1,1\n")).cells == [["'=1+1", "1"]]
