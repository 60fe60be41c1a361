"""Which language a text is in, by py3langid, over all languages that its model knows."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["detect_language"]


def detect_language(text: str) -> tuple[str, float] | None:
    """(ISO 639-1 code, probability 0..1), or None for texts too short to say."""
    if sum(1 for char in text if char.isalpha()) < 20:
        return None
    code, score = _identifier().classify(text[:4000])
    return str(code), round(float(score), 4)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
