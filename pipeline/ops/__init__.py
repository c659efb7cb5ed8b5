"""Operations: what keeps an installation going, beside its daily run."""
