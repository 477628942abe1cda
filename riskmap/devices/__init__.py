"""Devices and sensors: their messages, their alarms and whether they are on line."""
