{% set wörter = ['Straße', 'naïve', '漢字', '🙂👩‍👩‍👧', "Ω≈ç√"] %}
{% for wort in wörter %}
select {{ loop.index }} as nr, '{{ wort }}' as "Größe", {{ wort | length }} as laenge, '{{ wort | upper }}' as groß
{{ 'union all' if not loop.last }}
{% endfor %}
