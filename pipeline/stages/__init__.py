"""Stages: plain functions over settings, a run and stored input; each can be run alone, again, or killed."""
