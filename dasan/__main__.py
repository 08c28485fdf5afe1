"""`python -m dasan` is the `dasan` command."""

from dasan.cli import main

if __name__ == "__main__":
    main()
