"""Cases passed on to an institution: made with consent, received and answered there, followed and taken back by the person."""
