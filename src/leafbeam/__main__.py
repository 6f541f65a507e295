"""``python -m leafbeam``: the command."""

from leafbeam.cli import main

if __name__ == "__main__":
    main()
