"""The Telegram door: polling in, one sender out."""
