"""WeChat: pushes in, answers and messages out."""
