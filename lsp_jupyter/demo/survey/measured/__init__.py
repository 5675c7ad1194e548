"""What a telescope makes of the truth: detections and measurements with their errors."""
