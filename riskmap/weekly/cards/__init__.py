"""White, yellow and red cards: raised by rule, decided by people, released on records."""
