"""What exists: releases, their tables, and how they are published."""
