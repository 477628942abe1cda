"""`python -m riskmap`: the same as the command `riskmap`."""

from riskmap.cli.main import run

if __name__ == "__main__":
    run()
