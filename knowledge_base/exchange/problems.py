"""What is wrong with a file, said so that whoever made it can mend it: where, what, and what now."""

from __future__ import annotations

from dataclasses import dataclass

# code: (Korean, English); {value} and {hint} are filled in
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing_column": (
        "'{value}' 열이 없습니다. 첫 줄에 열 이름을 넣으십시오. 쓸 수 있는 이름: {hint}",
        "Column '{value}' is missing. Put column names in the first row. Known names: {hint}",
    ),
    "unknown_column": (
        "'{value}' 열은 모르는 이름입니다. 지우거나 고치십시오. 가까운 이름: {hint}",
        "Column '{value}' is unknown. Remove or rename it. Nearest: {hint}",
    ),
    "doubled_column": (
        "'{value}' 열이 두 번 있습니다. 하나만 남기십시오.",
        "Column '{value}' stands twice. Keep one.",
    ),
    "empty": ("비어 있습니다. 내용을 적으십시오.", "This is empty. Fill it in."),
    "too_long": (
        "너무 깁니다({value}자). {hint}자까지 줄이십시오.",
        "Too long ({value} characters). Shorten it to {hint}.",
    ),
    "unknown_category": (
        "모르는 분류 '{value}'입니다. 다음 중 하나를 쓰십시오: {hint}",
        "Unknown category '{value}'. Use one of: {hint}",
    ),
    "unknown_district": (
        "모르는 자치구 '{value}'입니다. 서울 전체는 비워 두십시오. 가까운 이름: {hint}",
        "Unknown district '{value}'. Leave it empty for the whole city. Nearest: {hint}",
    ),
    "unknown_language": (
        "모르는 언어 '{value}'입니다. 다음 중 하나를 쓰십시오: {hint}",
        "Unknown language '{value}'. Use one of: {hint}",
    ),
    "unknown_status": (
        "모르는 상태 '{value}'입니다. 다음 중 하나를 쓰십시오: {hint}",
        "Unknown status '{value}'. Use one of: {hint}",
    ),
    "bad_date": (
        "날짜 '{value}'를 읽을 수 없습니다. 2026-03-01처럼 쓰십시오.",
        "Cannot read the date '{value}'. Write it like 2026-03-01.",
    ),
    "expires_before_check": (
        "만료일이 확인일({value})보다 앞섭니다. 둘 중 하나를 고치십시오.",
        "It expires before it was checked ({value}). Mend one of the two.",
    ),
    "doubled_wording": (
        "같은 문서의 같은 언어가 {value}행에도 있습니다. 하나만 남기십시오.",
        "The same article and language also stand in row {value}. Keep one.",
    ),
    "facts_differ": (
        "같은 문서({value})의 {hint}이(가) 앞 행과 다릅니다. 한 문서의 행은 모두 같아야 합니다.",
        "{hint} differs from an earlier row of the same article ({value}). All rows of one article must agree.",
    ),
    "not_text": (
        "파일의 글자를 읽을 수 없습니다. UTF-8이나 CP949(엑셀 CSV)로 저장하십시오.",
        "The file's letters cannot be read. Save it as UTF-8 or CP949.",
    ),
    "not_json": ("이 줄은 JSON 객체가 아닙니다: {value}", "This line is not a JSON object: {value}"),
    "not_plain": (
        "글자나 숫자 하나여야 합니다: {value}",
        "This must be one text or number: {value}",
    ),
    "not_xlsx": (
        "엑셀(XLSX) 파일로 읽을 수 없습니다. 다시 저장하거나 CSV로 저장하십시오.",
        "This cannot be read as an XLSX workbook. Save it again, or as CSV.",
    ),
    "bad_csv": (
        "CSV로 읽을 수 없습니다({value}). 따옴표가 닫혔는지 보십시오.",
        "This cannot be read as CSV ({value}). See that every quote is closed.",
    ),
    "too_large": (
        "파일이 너무 큽니다({value}). {hint}까지 됩니다. 나누어 넣으십시오.",
        "The file is too large ({value}); the limit is {hint}. Split it.",
    ),
    "too_many_rows": (
        "행이 너무 많습니다. {hint}행까지 됩니다. 나누어 넣으십시오.",
        "Too many rows; the limit is {hint}. Split the file.",
    ),
    "unknown_kind": (
        "모르는 종류의 파일입니다({value}). .csv, .xlsx, .jsonl 중 하나여야 합니다.",
        "Unknown kind of file ({value}). It must be .csv, .xlsx or .jsonl.",
    ),
    "no_rows": ("문서가 한 건도 없습니다.", "There is no article in it."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: its row (1 is the first line of the file, 0 the file itself) and column ("" for the row)."""

    row: int
    column: str
    code: str
    value: str = ""
    hint: str = ""

    def sentence(self, language: str) -> str:
        """Where, what and what now, in Korean (``ko``) or English."""
        ko = language == "ko"
        text = _SENTENCES[self.code][0 if ko else 1].format(value=self.value, hint=self.hint)
        where = [f"{self.row}행" if ko else f"row {self.row}"] if self.row else []
        if self.column:
            where.append(f"'{self.column}' 열" if ko else f"column '{self.column}'")
        return f"{' '.join(where) if ko else ', '.join(where)}: {text}" if where else text


class FileProblemError(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence("en"))
        self.problem = problem
