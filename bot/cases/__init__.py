"""Case files of a programme: stages, the checklist of documents, their encrypted photographs. The office decides, never the bot."""
