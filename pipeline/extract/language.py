"""Which language a text is in, by py3langid, over all languages that its model knows."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

__all__ = ["detect_language"]

_SAMPLE = 1_000
"""Characters that are looked at: enough to tell, and the time grows with them."""
_FEW = 20
"""Letters below which no text tells its language."""


def detect_language(text: str) -> tuple[str, float] | None:
    """(ISO 639-1 code, probability 0..1), or None for texts too short to say."""
    sample = text[:_SAMPLE]
    if next(islice(filter(str.isalpha, sample), _FEW - 1, None), None) is None:
        return None
    code, score = _identifier().classify(sample)
    return str(code), round(float(score), 4)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
