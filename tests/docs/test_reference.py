"""The reference page of measures is what the code says.

To renew it:  python -c "from pathlib import Path; from caresim.measures.catalogue import reference_markdown;
Path('docs/measures.md').write_text(reference_markdown(), encoding='utf-8')"
"""

from __future__ import annotations

from caresim.measures.catalogue import reference_markdown
from docs.guide_blocks import ROOT


def test_the_page_of_measures_is_up_to_date() -> None:
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == reference_markdown()
