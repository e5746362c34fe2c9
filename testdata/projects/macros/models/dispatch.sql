select '{{ shout("Hi") }}' as shouted, '{{ whisper("Hi") }}' as whispered, '{{ macros.shout("full name") }}' as qualified
