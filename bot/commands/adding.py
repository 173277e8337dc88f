"""The type of what commands are added to."""

import argparse

type Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"
