"""The scoring scheme: its file's shape and meaning, its parts as frozen values, its versions."""
