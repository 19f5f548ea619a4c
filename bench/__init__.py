"""The measures, as ratios of the same run on the same machine: ``make bench``. Not part of the tests."""
