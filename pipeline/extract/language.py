"""Which language a text is in, by py3langid, over all languages that its model knows."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

__all__ = ["detect_language"]

_FIRST, _SAMPLE = 400, 1_000
"""Characters that are looked at, since the time grows with them: the first, and more where these do not tell surely."""
_SURE = 0.99
_FEW = 20
"""Letters below which no text tells its language."""


def detect_language(text: str) -> tuple[str, float] | None:
    """(ISO 639-1 code, probability 0..1), or None for texts too short to say."""
    found = _classified(text[:_FIRST])
    if len(text) > _FIRST and (found is None or found[1] < _SURE):
        found = _classified(text[:_SAMPLE])
    return found and (found[0], round(found[1], 4))


def _classified(sample: str) -> tuple[str, float] | None:
    if next(islice(filter(str.isalpha, sample), _FEW - 1, None), None) is None:
        return None
    code, score = _identifier().classify(sample)
    return str(code), float(score)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
