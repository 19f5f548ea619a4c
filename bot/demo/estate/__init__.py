"""The living estate: people, tickets, parcels and talk of two weeks, made from a seed, in any size."""
