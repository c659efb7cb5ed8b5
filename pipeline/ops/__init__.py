"""Operations: what keeps an installation going without anybody looking."""
