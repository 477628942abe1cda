"""The pages of the closed loop: hidden dangers reported, followed, closed, exposed."""
