"""Carries a remote port over WebRTC, by aiortc. Import `peer` only where it is used: it loads FFmpeg and OpenSSL."""
