"""What is true about a video. Knows no screen: nothing below here imports Qt."""
