"""The publish gate: examples."""

from pathlib import Path

from tests.gate import Folder, examples_of
from tests.sound_content import EXAMPLES, OTHER_EXAMPLES, TESTS

# Examples


def test_a_question_with_too_few_examples_is_found(folder: Folder) -> None:
    folder.replace(EXAMPLES, "    - pregunta de papers_photo número 0\n", "")
    folder.expect((EXAMPLES, 1, "papers_photo"))


def test_a_question_without_examples_is_found(folder: Folder) -> None:
    folder.write(EXAMPLES, examples_of("papers_renew", "papers_lost"))
    folder.expect((EXAMPLES, 1, "papers_photo"))


def test_a_topic_without_a_file_of_examples_is_found(folder: Folder) -> None:
    Path(OTHER_EXAMPLES).unlink()
    folder.expect((OTHER_EXAMPLES, 1, "help"), (OTHER_EXAMPLES, 1, "followup_cost"))


def test_an_example_of_two_questions_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - PREGUNTA de papers_lost, ¿numero 3?\n")  # as the classifier sees it, the same text
    folder.expect((EXAMPLES, "PREGUNTA", "papers_lost"))


def test_an_example_written_twice_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - Pregunta de papers_photo, número 3\n")
    folder.expect((EXAMPLES, "Pregunta", "Pregunta de papers_photo, número 3"))


def test_a_line_among_the_examples_that_is_none_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "    sin guion\n")
    folder.expect((EXAMPLES, "sin guion", "sin guion"))


def test_an_example_of_another_topic_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "- intent: help\n  examples: |\n    - qué sabe este asistente\n")
    folder.expect((EXAMPLES, "qué sabe", "help"))


def test_an_example_of_no_question_is_found(folder: Folder) -> None:
    folder.append(EXAMPLES, "- intent: papers_sold\n  examples: |\n    - vendí mi tarjeta\n")
    folder.expect((EXAMPLES, "vendí", "papers_sold"))


def test_a_test_example_that_was_learned_is_found(folder: Folder) -> None:
    folder.append(TESTS, "    - pregunta de HELP número 7\n")
    folder.expect((TESTS, "HELP", "pregunta de HELP número 7"))


def test_a_test_example_of_no_question_is_found(folder: Folder) -> None:
    folder.append(TESTS, "- intent: papers_sold\n  examples: |\n    - vendí mi tarjeta\n")
    folder.expect((TESTS, "vendí", "papers_sold"))
