-- %% [raw]
-- <b>raw</b>
--
--   indented

-- %% latex [raw] format="text/latex"
-- \alpha
