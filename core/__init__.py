"""Mimica's engine: arrays in, arrays out. Nothing below this folder imports bpy; `core.api` is the front door."""
